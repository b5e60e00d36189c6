import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  KEY_BYTES,
  MOST_ROWS,
  OUTCOMES,
  OVERFLOW_KEY,
  UsageMap,
  type UsageRow,
} from "../../../src/usage/usage_map.ts";

const NOTHING = { requests: 0, cached: 0, computed: 0, generated: 0 };
const COUNTS = { cached: 3, computed: 10, generated: 248 };

function requestsOf(rows: readonly UsageRow[]): number {
  return rows.reduce(
    (sum, row) =>
      OUTCOMES.reduce((total, outcome) => total + row[outcome].requests, sum),
    0,
  );
}

Deno.test("UsageMap is empty at first", () => {
  assertEquals(UsageMap.create().snapshot(), []);
});

Deno.test("UsageMap keeps outcomes and kinds of tokens apart", () => {
  const map = UsageMap.create();
  map.add("m", "completed", COUNTS);
  map.add("m", "completed", { cached: 1, computed: 0, generated: 0 });
  map.add("m", "failed", { cached: 0, computed: 7, generated: 0 });
  assertEquals(map.snapshot(), [{
    model: "m",
    completed: { requests: 2, cached: 4, computed: 10, generated: 248 },
    cancelled: NOTHING,
    failed: { requests: 1, cached: 0, computed: 7, generated: 0 },
    rejected: NOTHING,
  }]);
});

Deno.test("UsageMap counts beyond 32 bits", () => {
  const map = UsageMap.create();
  const many = { cached: 0, computed: 3_000_000_000, generated: 0 };
  map.add("m", "completed", many);
  map.add("m", "completed", many);
  assertEquals(map.snapshot()[0]?.completed.computed, 6_000_000_000);
});

Deno.test("UsageMap keeps any name apart from any other", () => {
  const names = [
    "",
    "llama3.2",
    "llama3.2:1b",
    "hf.co/Müller/模型-🦙:Q4_1",
    "x".repeat(KEY_BYTES),
    "x".repeat(KEY_BYTES - 1),
  ];
  const map = UsageMap.create();
  for (const name of names) {
    map.add(name, "completed", COUNTS);
  }
  assertEquals(map.snapshot().map(({ model }) => model), names);
});

Deno.test("UsageMap.attach() sees and adds to the same rows", () => {
  const first = UsageMap.create();
  first.add("a", "completed", COUNTS);
  const second = UsageMap.attach(first.buffer);
  second.add("a", "completed", COUNTS);
  second.add("b", "cancelled", COUNTS);
  first.add("b", "cancelled", COUNTS);
  assertEquals(first.snapshot(), second.snapshot());
  assertEquals(
    first.snapshot().map((row) => [row.model, requestsOf([row])]),
    [["a", 2], ["b", 2]],
  );
});

Deno.test("UsageMap books models there is no room for in one row", () => {
  const map = UsageMap.create();
  const models = MOST_ROWS + 20;
  for (let round = 0; round < 2; round++) {
    for (let model = 0; model < models; model++) {
      map.add(`m${model}`, "completed", COUNTS);
    }
  }
  const rows = map.snapshot();
  assertEquals(rows.length, MOST_ROWS);
  assertEquals(requestsOf(rows), 2 * models);
  const overflow = rows.find(({ model }) => model === OVERFLOW_KEY);
  assertEquals(overflow?.completed.requests, 2 * 21);
});

Deno.test("UsageMap books a name that is too long in the overflow row", () => {
  const map = UsageMap.create();
  map.add("ü".repeat(KEY_BYTES / 2) + "x", "completed", COUNTS);
  assertEquals(map.snapshot().map(({ model }) => model), [OVERFLOW_KEY]);
});

Deno.test("UsageMap stays usable after counts that are no whole numbers", () => {
  const map = UsageMap.create();
  const half = { ...COUNTS, generated: 0.5 };
  assertThrows(() => map.add("m", "completed", half), RangeError);
  assertEquals(map.snapshot(), []);
  map.add("m", "completed", COUNTS);
  assertEquals(requestsOf(map.snapshot()), 1);
});

Deno.test("UsageMap takes over the lock of a thread that is gone", () => {
  const map = UsageMap.create();
  map.add("m", "completed", COUNTS);
  const [LOCK, SEQUENCE] = [0, 1];
  const words = new Int32Array(map.buffer);
  words[LOCK] = 12345;
  words[SEQUENCE] = 7;
  assertEquals(requestsOf(map.snapshot()), 1);
  words[LOCK] = 12345;
  map.add("m", "completed", COUNTS);
  assertEquals(requestsOf(map.snapshot()), 2);
  assertEquals(words[LOCK], 0);
  assertEquals((words[SEQUENCE] ?? 1) % 2, 0);
});

Deno.test("UsageMap.add() takes less than a microsecond", () => {
  const map = UsageMap.create();
  // Rounds are short, so that some have the processor to themselves.
  const rounds = Array.from({ length: 200 }, () => {
    const begun = performance.now();
    for (let request = 0; request < 1000; request++) {
      map.add("m", "completed", COUNTS);
    }
    return performance.now() - begun;
  });
  const best = Math.min(...rounds);
  assert(best < 1, `${best} µs`);
});
