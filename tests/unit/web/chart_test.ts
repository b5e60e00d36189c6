import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  barStarts,
  PERIODS,
  sumOf,
  toSeries,
} from "../../../src/web/client/periods.js";
import { Rates } from "../../../src/web/client/rates.js";
import { labelled, linear, ticksUpTo } from "../../../src/web/client/scale.js";
import {
  formatMoment,
  formatTick,
} from "../../../src/web/client/time_labels.js";

const NOW = Date.parse("2026-01-28T13:22:12Z");
const day = PERIODS["day"]!;

function row(bucket: string, changes: Record<string, string | number> = {}) {
  return {
    bucket,
    model: "m",
    key: "anonymous",
    requests: 1,
    prompt_tokens: 10,
    cached_tokens: 4,
    completion_tokens: 5,
    ...changes,
  };
}

Deno.test("an axis begins at 0, has round steps and ends above all", () => {
  assertEquals(ticksUpTo(0, 4), [0, 1]);
  assertEquals(ticksUpTo(3, 4), [0, 1, 2, 3]);
  assertEquals(ticksUpTo(113_000, 4), [0, 50_000, 100_000, 150_000]);
  for (const largest of [1, 7, 99, 101, 12_345, 9.9e9]) {
    const ticks = ticksUpTo(largest, 4);
    assert(
      ticks.at(-1)! >= largest && ticks.length <= 6,
      `${largest}: ${ticks}`,
    );
  }
});

Deno.test("amounts have their places, also when there are none", () => {
  assertEquals([0, 5, 10].map(linear(10, 100, 0)), [100, 50, 0]);
  assertEquals(linear(0, 100, 0)(0), 100);
});

Deno.test("labels are spaced evenly, with the last one", () => {
  assertEquals(labelled(24, 8), [2, 5, 8, 11, 14, 17, 20, 23]);
  assertEquals(labelled(3, 8), [0, 1, 2]);
  assertEquals(labelled(5, 0), [4]);
});

Deno.test("bars end with the one of now, at the server's borders", () => {
  const starts = barStarts(day, NOW);
  assertEquals(starts.length, 24);
  assertEquals(starts.at(-1), Date.parse("2026-01-28T13:00:00Z"));
  assertEquals(starts[0], Date.parse("2026-01-27T14:00:00Z"));
  for (const { bar, bars } of Object.values(PERIODS)) {
    assertEquals(barStarts({ bucket: "", bar, bars }, NOW)[0]! % bar, 0);
  }
});

Deno.test("rows become series, the largest first, in the bars of their time", () => {
  const rows = [
    row("2026-01-28T13:00:00.000Z"),
    row("2026-01-28T12:00:00.000Z", { model: "big", completion_tokens: 500 }),
    row("2026-01-27T13:00:00.000Z", { model: "too old" }),
  ];
  const series = toSeries(rows, "model", day, NOW);
  assertEquals(series.map(({ name }) => name), ["big", "m"]);
  assertEquals(series[0]!.tokens.slice(-2), [510, 0]);
  assertEquals(series[1]!.tokens.slice(-2), [0, 15]);
  const { requests, prompt, cached, generated } = sumOf(series, day.bars);
  assertEquals([requests, prompt, cached, generated], [2, 20, 8, 505]);
});

Deno.test("hours of a week are put together, and many models at the end", () => {
  const week = PERIODS["week"]!;
  const rows = Array.from(
    { length: 9 },
    (_, index) =>
      row(`2026-01-28T${12 + index % 2}:00:00.000Z`, {
        key: `k${index}`,
        prompt_tokens: 100 - index,
      }),
  );
  const series = toSeries(rows, "key", week, NOW);
  assertEquals(series.map(({ name }) => name), [
    "k0",
    "k1",
    "k2",
    "k3",
    "k4",
    "others",
  ]);
  assertEquals(series[5]!.requests, 4);
  assertEquals(series.every(({ tokens }) => tokens.at(-1)! > 0), true);
  const all = rows.reduce((sum, each) => sum + each.prompt_tokens, 0);
  assertEquals(sumOf(series, week.bars).prompt, all);
});

Deno.test("bars are named by their time, days as the server counts them", () => {
  const start = Date.parse("2026-01-28T00:00:00Z");
  assertEquals(formatTick("month", start), "28 Jan");
  assertMatch(formatMoment("month", start), /^Wed,? 28 Jan,? UTC$/);
});

Deno.test("rates are what a total has grown a second", () => {
  const rates = new Rates();
  assertEquals(rates.current, 0);
  rates.add(1000, 0);
  rates.add(1050, 500);
  assertEquals(rates.current, 100);
  rates.add(10, 1500);
  assertEquals(rates.current, 0, "another server's total");
  rates.add(40, 2500);
  assertEquals(rates.current, 30);
  for (let i = 0; i < 500; i++) {
    rates.add(40, 3000 + i);
  }
  assertEquals(rates.history.length, 120);
});
