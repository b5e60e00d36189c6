import { assertEquals } from "@std/assert";
import { Ledger } from "../../../src/usage/ledger.ts";
import { usageReport } from "../../../src/usage/report.ts";
import { begin, book } from "../../testing/booked.ts";

const BEGAN = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Two models' requests, of every outcome, and one in flight. */
function ledger(): Ledger {
  const ledger = new Ledger(undefined, BEGAN);
  book(ledger, "smollm2", "completed", {
    cached: 10,
    computed: 5,
    generated: 7,
  });
  book(ledger, "smollm2", "cancelled", {
    cached: 1,
    computed: 2,
    generated: 3,
  });
  book(ledger, "all-minilm", "failed", {
    cached: 0,
    computed: 4,
    generated: 0,
  });
  begin(ledger, "smollm2", { cached: 0, computed: 6, generated: 1 });
  begin(ledger, "qwen3", { cached: 0, computed: 8, generated: 0 });
  ledger.engineTotals("1", { cached: 11, computed: 25, generated: 11 });
  return ledger;
}

Deno.test("usageReport() is, to the byte, the bare report", () => {
  assertEquals(
    JSON.stringify(usageReport(ledger(), false)),
    '{"start":"2026-01-02T03:04:05.000000Z","usage":[' +
      '{"model":"all-minilm","requests":0,"prompt_tokens":4,' +
      '"completion_tokens":0},' +
      '{"model":"smollm2","requests":1,"prompt_tokens":18,' +
      '"completion_tokens":10}]}',
  );
});

Deno.test("usageReport() of an empty ledger has no rows", () => {
  assertEquals(
    JSON.stringify(usageReport(new Ledger(undefined, BEGAN), false)),
    '{"start":"2026-01-02T03:04:05.000000Z","usage":[]}',
  );
});

Deno.test("usageReport() with details tells outcomes and what is in flight", () => {
  const { usage } = usageReport(ledger(), true);
  assertEquals(usage.map((row) => row.model), [
    "all-minilm",
    "qwen3",
    "smollm2",
  ]);
  const nothing = {
    requests: 0,
    prompt_tokens: 0,
    cached_tokens: 0,
    completion_tokens: 0,
  };
  assertEquals(usage[2], {
    model: "smollm2",
    requests: 1,
    prompt_tokens: 18,
    completion_tokens: 10,
    cached_tokens: 11,
    computed_tokens: 7,
    completed: {
      requests: 1,
      prompt_tokens: 15,
      cached_tokens: 10,
      completion_tokens: 7,
    },
    cancelled: {
      requests: 1,
      prompt_tokens: 3,
      cached_tokens: 1,
      completion_tokens: 3,
    },
    failed: nothing,
    rejected: nothing,
    in_flight: {
      requests: 1,
      prompt_tokens: 6,
      cached_tokens: 0,
      completion_tokens: 1,
    },
  });
});
