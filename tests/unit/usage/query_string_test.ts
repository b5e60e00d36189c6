import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import {
  asksForHistory,
  readUsageQuery,
} from "../../../src/usage/query_string.ts";

const NOW = Date.UTC(2026, 0, 28, 12);
const START = NOW - 5000;

function read(text: string) {
  return readUsageQuery(new URLSearchParams(text), START, NOW);
}

Deno.test("asksForHistory() leaves the bare report and its details alone", () => {
  const asks = (text: string) => asksForHistory(new URLSearchParams(text));
  assertEquals(["", "details=true", "check=true&live=1"].map(asks), [
    false,
    false,
    false,
  ]);
  assertEquals(["since=7d", "group_by=key", "model=a"].map(asks), [
    true,
    true,
    true,
  ]);
});

Deno.test("readUsageQuery() asks by model since the start when nothing is said", () => {
  assertEquals(read("details=true"), {
    groupBy: ["model"],
    since: START,
    until: Infinity,
    only: {},
    scope: "server",
  });
});

Deno.test("readUsageQuery() reads everything", () => {
  assertEquals(
    read(
      "group_by=model,key&group_by=outcome&since=24h&until=2026-01-28T11:00:00Z" +
        "&bucket=hour&model=a,b&key=team&scope=all",
    ),
    {
      groupBy: ["model", "key", "outcome"],
      bucket: "hour",
      since: NOW - 24 * 3_600_000,
      until: NOW - 3_600_000,
      only: { model: ["a", "b"], key: ["team"] },
      scope: "all",
    },
  );
  assertEquals(read("group_by=").groupBy, []);
});

Deno.test("readUsageQuery() reads moments in many ways", () => {
  for (
    const [text, moment] of [
      ["2026-01-28T11:00:00Z", NOW - 3_600_000],
      ["2026-01-28T12:00:00%2B01:00", NOW - 3_600_000],
      ["2026-01-28", NOW - 12 * 3_600_000],
      ["1769598000", NOW - 3_600_000],
      ["1h", NOW - 3_600_000],
      ["-90m", NOW - 5_400_000],
      ["2d", NOW - 48 * 3_600_000],
    ] as const
  ) {
    assertEquals(read(`since=${text}`).since, moment, text);
  }
});

Deno.test("readUsageQuery() names what it cannot read", () => {
  for (
    const [text, param] of [
      ["since=yesterday", "since"],
      ["until=2026-99-99", "until"],
      ["since=99999999999999d", "since"],
      ["until=99999999999999999", "until"],
      ["bucket=week", "bucket"],
      ["bucket=minute&since=365d", "bucket"],
      ["group_by=user", "group_by"],
      ["scope=world", "scope"],
    ] as const
  ) {
    const error = assertThrows(() => read(text), ServerError);
    assertEquals([error.kind, error.param], ["bad_request", param], text);
  }
});
