import { assertEquals } from "@std/assert";
import { Ledger } from "../../../src/usage/ledger.ts";
import { Random } from "../../testing/random.ts";

const WORK = { model: "a", endpoint: "/api/chat" };
const SOME = { cached: 1, computed: 2, generated: 3 };
const MORE = { cached: 1, computed: 5, generated: 9 };
const NONE = { cached: 0, computed: 0, generated: 0 };

Deno.test("Ledger.open() makes a request in flight until it is closed", () => {
  const ledger = new Ledger();
  const entry = ledger.open(WORK);
  const other = ledger.open(WORK);
  entry.update(SOME);
  entry.update(MORE);
  other.update(SOME);
  assertEquals(
    ledger.snapshot().inFlight,
    new Map([["a", {
      requests: 2,
      counts: { cached: 2, computed: 7, generated: 12 },
    }]]),
  );
  assertEquals(ledger.snapshot().rows, []);
  entry.close("completed", MORE);
  other.close("failed", NONE);
  const { rows, inFlight } = ledger.snapshot();
  assertEquals(inFlight.size, 0);
  assertEquals(rows[0]?.completed, { requests: 1, ...MORE });
  assertEquals(rows[0]?.failed, { requests: 1, ...NONE });
});

Deno.test("LedgerEntry.close() books once", () => {
  const ledger = new Ledger();
  const entry = ledger.open(WORK);
  entry.close("cancelled", SOME);
  entry.close("completed", MORE);
  entry.update(MORE);
  const { rows, inFlight } = ledger.snapshot();
  assertEquals(inFlight.size, 0);
  assertEquals(rows.length, 1);
  assertEquals(rows[0]?.cancelled, { requests: 1, ...SOME });
  assertEquals(rows[0]?.completed, { requests: 0, ...NONE });
});

Deno.test("Ledger.check() compares requests, in flight too, with engines, gone too", () => {
  const ledger = new Ledger();
  const entry = ledger.open(WORK);
  ledger.open({ ...WORK, model: "b" }).close("failed", SOME);
  entry.update(SOME);
  ledger.engineTotals("1", SOME);
  ledger.engineTotals("2", NONE);
  assertEquals(ledger.check(), {
    entries: { cached: 2, computed: 4, generated: 6 },
    engines: SOME,
    difference: 6,
  });
  ledger.engineTotals("2", SOME);
  assertEquals(ledger.check().difference, 0);
});

Deno.test("Ledger.check() does not let kinds make up for each other", () => {
  const ledger = new Ledger();
  ledger.open(WORK).close("completed", { ...NONE, cached: 5 });
  ledger.engineTotals("1", { ...NONE, computed: 5 });
  assertEquals(ledger.check().difference, 10);
});

Deno.test("Ledger balances at every moment of any history", () => {
  const random = new Random(11);
  const ledger = new Ledger();
  const open: {
    entry: ReturnType<Ledger["open"]>;
    counts: typeof NONE;
  }[] = [];
  let totals = NONE;
  for (let step = 0; step < 2000; step++) {
    if (random.chance(0.3)) {
      const model = `m${random.between(1, 5)}`;
      open.push({ entry: ledger.open({ ...WORK, model }), counts: NONE });
    }
    for (const each of open) {
      const generated = random.between(0, 2);
      each.counts = {
        ...each.counts,
        generated: each.counts.generated + generated,
      };
      totals = { ...totals, generated: totals.generated + generated };
      each.entry.update(each.counts);
    }
    ledger.engineTotals("1", totals);
    if (random.chance(0.3)) {
      const [ended] = open.splice(random.between(0, open.length), 1);
      const outcome = random.pick(
        ["completed", "cancelled", "failed"] as const,
      );
      ended?.entry.close(outcome, ended.counts);
    }
    assertEquals(ledger.check().difference, 0);
  }
});

Deno.test("Ledger says when it began, in microseconds", () => {
  const began = Date.UTC(2026, 0, 2, 3, 4, 5, 6) + 0.25;
  assertEquals(
    new Ledger(began).snapshot().start,
    "2026-01-02T03:04:05.006250Z",
  );
});
