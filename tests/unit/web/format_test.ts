import { assertEquals } from "@std/assert";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatMany,
  formatRate,
  formatShare,
  formatShort,
} from "../../../src/web/client/format.js";
import {
  billOfAnswer,
  billOfEntry,
  describeBill,
} from "../../../src/web/client/bill.js";

/** With plain spaces, which are easier to read. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

Deno.test("counts are written in full or short", () => {
  assertEquals([0, 999, 12345, 1e9].map(formatCount), [
    "0",
    "999",
    "12,345",
    "1,000,000,000",
  ]);
  assertEquals([0, 9999, 12345, 123_456_789, 2.5e9].map(formatShort), [
    "0",
    "9,999",
    "12.3K",
    "123M",
    "2.5B",
  ]);
  assertEquals(formatMany(1, "request"), "1 request");
  assertEquals(formatMany(0, "request"), "0 requests");
});

Deno.test("rates and shares are rounded, and nothing has no share", () => {
  assertEquals([0, 5.67, 99.94, 1234.5].map(formatRate), [
    "0.0",
    "5.7",
    "99.9",
    "1,235",
  ]);
  assertEquals(formatShare(1, 3), "33%");
  assertEquals(formatShare(0, 0), "–");
});

Deno.test("bytes change their unit before they have four digits", () => {
  assertEquals(
    [0, 999, 1000, 93_600_000, 999_900_000, 4.2e12].map(formatBytes),
    [
      "0 B",
      "999 B",
      "1.0 KB",
      "94 MB",
      "1.0 GB",
      "4.2 TB",
    ],
  );
});

Deno.test("lengths of time have their two largest units", () => {
  const texts = [-1, 0.4, 59.9, 61, 3599, 3600, 90_000, 200_000].map(formatAge);
  assertEquals(texts.map(plain), [
    "0 s",
    "0 s",
    "59 s",
    "1 min 1 s",
    "59 min 59 s",
    "1 h 0 min",
    "25 h 0 min",
    "2 d 7 h",
  ]);
});

Deno.test("a bill tells tokens, speed and time, from an answer or the ledger", () => {
  const answer = billOfAnswer({
    prompt_eval_count: 31,
    eval_count: 120,
    eval_duration: 2e9,
    total_duration: 2.5e9,
  });
  assertEquals(
    plain(describeBill(answer)),
    "31 prompt + 120 generated tokens · 60.0 tokens/s · 2.5 s",
  );
  const entry = billOfEntry({
    prompt_tokens: 1000,
    completion_tokens: 1,
    eval_duration: 0,
    duration: 75e9,
  });
  assertEquals(
    plain(describeBill(entry)),
    "1,000 prompt + 1 generated token · 1 min 15 s",
  );
});
