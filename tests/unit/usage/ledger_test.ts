import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import type { EndedRequest } from "../../../src/usage/entry.ts";
import { checkLedger } from "../../../src/usage/check.ts";
import { Ledger } from "../../../src/usage/ledger.ts";
import { OUTCOMES } from "../../../src/usage/usage_map.ts";
import { begin, book, newCaller } from "../../testing/booked.ts";
import { Random } from "../../testing/random.ts";

const SOME = { cached: 1, computed: 2, generated: 3 };
const MORE = { cached: 1, computed: 5, generated: 9 };
const NONE = { cached: 0, computed: 0, generated: 0 };

Deno.test("Ledger.open() makes a request in flight until it has ended", () => {
  const ledger = new Ledger();
  const meter = ledger.open(newCaller(), "a");
  const other = ledger.open(newCaller(), "a");
  meter.update(SOME);
  meter.update(MORE);
  other.update(SOME);
  assertEquals(
    ledger.snapshot().inFlight,
    new Map([["a", {
      requests: 2,
      counts: { cached: 2, computed: 7, generated: 12 },
    }]]),
  );
  assertEquals(ledger.snapshot().rows, []);
  meter.end("completed");
  other.end("failed");
  const { rows, inFlight } = ledger.snapshot();
  assertEquals(inFlight.size, 0);
  assertEquals(rows[0]?.completed, { requests: 1, ...MORE });
  assertEquals(rows[0]?.failed, { requests: 1, ...SOME });
});

Deno.test("Ledger books a request once", () => {
  const entries: EndedRequest[] = [];
  const ledger = new Ledger((entry) => entries.push(entry));
  const meter = begin(ledger, "a", SOME);
  meter.end("cancelled");
  meter.end("completed");
  meter.update(MORE);
  const { rows, inFlight } = ledger.snapshot();
  assertEquals(inFlight.size, 0);
  assertEquals(rows.length, 1);
  assertEquals(rows[0]?.cancelled, { requests: 1, ...SOME });
  assertEquals(rows[0]?.completed, { requests: 0, ...NONE });
  assertEquals(entries.map(({ outcome }) => outcome), ["cancelled"]);
});

Deno.test("Ledger books the generations of one caller as one request", () => {
  const entries: EndedRequest[] = [];
  const ledger = new Ledger((entry) => entries.push(entry));
  const caller = newCaller({ id: "r", endpoint: "/v1/completions", key: "k" });
  const first = ledger.open(caller, "a");
  const second = ledger.open(caller, "a");
  first.leased({ queueNs: 5, loadNs: 100 });
  second.leased({ queueNs: 50, loadNs: 10 });
  first.update(SOME);
  second.update(MORE);
  const timings = { promptNs: 1, decodeNs: 2 };
  first.end("completed", { timings, reasoning: 2, finishReason: "length" });
  assertEquals(ledger.live().map(({ id }) => id), ["r"]);
  assertEquals(entries, []);
  second.end("completed", { timings, reasoning: 1, finishReason: "stop" });
  const { startedAt, endedAt, durationNs, firstTokenNs, ...rest } = entries[0]!;
  assertEquals(rest, {
    ...caller,
    model: "a",
    outcome: "completed",
    cached: 2,
    computed: 7,
    generated: 12,
    reasoning: 3,
    queueNs: 50,
    loadNs: 100,
    promptNs: 2,
    decodeNs: 4,
    finishReasons: ["length", "stop"],
  });
  assert(startedAt <= endedAt && endedAt - Date.now() < 1000);
  assert(firstTokenNs > 0 && firstTokenNs <= durationNs);
  assertEquals(ledger.snapshot().rows[0]?.completed.requests, 1);
});

Deno.test("Ledger gives a request the worst end of its generations", () => {
  const entries: EndedRequest[] = [];
  const ledger = new Ledger((entry) => entries.push(entry));
  const caller = newCaller();
  const meters = [1, 2, 3].map(() => ledger.open(caller, "a"));
  meters[0]?.end("cancelled");
  meters[1]?.end("failed");
  meters[2]?.end("completed");
  assertEquals(entries.map(({ outcome }) => outcome), ["failed"]);
});

Deno.test("checkLedger() compares requests, in flight too, with engines, gone too", () => {
  const ledger = new Ledger();
  begin(ledger, "a", SOME);
  book(ledger, "b", "failed", SOME);
  ledger.engineTotals("1", SOME);
  ledger.engineTotals("2", NONE);
  assertObjectMatch(checkLedger(ledger), {
    entries: { cached: 2, computed: 4, generated: 6 },
    engines: SOME,
    difference: 6,
  });
  ledger.engineTotals("2", SOME);
  assertEquals(checkLedger(ledger).difference, 0);
});

Deno.test("checkLedger() does not let kinds make up for each other", () => {
  const ledger = new Ledger();
  book(ledger, "a", "completed", { ...NONE, cached: 5 });
  ledger.engineTotals("1", { ...NONE, computed: 5 });
  assertEquals(checkLedger(ledger).difference, 10);
});

Deno.test("Ledger balances at every moment of any history", () => {
  const random = new Random(11);
  const ledger = new Ledger();
  const open: {
    meter: ReturnType<Ledger["open"]>;
    counts: typeof NONE;
  }[] = [];
  let totals = NONE;
  for (let step = 0; step < 2000; step++) {
    if (random.chance(0.3)) {
      const model = `m${random.between(1, 5)}`;
      open.push({ meter: ledger.open(newCaller(), model), counts: NONE });
    }
    for (const each of open) {
      const generated = random.between(0, 2);
      each.counts = {
        ...each.counts,
        generated: each.counts.generated + generated,
      };
      totals = { ...totals, generated: totals.generated + generated };
      each.meter.update(each.counts);
    }
    ledger.engineTotals("1", totals);
    if (random.chance(0.3)) {
      const [ended] = open.splice(random.between(0, open.length), 1);
      const outcome = random.pick(
        OUTCOMES,
      );
      ended?.meter.end(outcome);
    }
    assertEquals(checkLedger(ledger).difference, 0);
  }
});

Deno.test("Ledger says when it began, in microseconds", () => {
  const began = Date.UTC(2026, 0, 2, 3, 4, 5, 6) + 0.25;
  assertEquals(
    new Ledger(undefined, began).snapshot().start,
    "2026-01-02T03:04:05.006250Z",
  );
});
