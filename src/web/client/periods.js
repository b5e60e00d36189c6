/**
 * The stretches of time the page shows, and rows of the ledger as series over
 * them.
 *
 * @module
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Series a chart tells apart; what is left is one more. */
const MOST_SERIES = 5;

/** Name of what is left. */
const OTHERS = "others";

/**
 * @typedef {object} Period
 * @property {string} bucket What the server is asked for.
 * @property {number} bar Milliseconds a bar stands for.
 * @property {number} bars How many there are.
 */

/**
 * Sums of one model or key, and its tokens in every bar.
 * @typedef {object} Series
 * @property {string} name
 * @property {number} requests
 * @property {number} prompt
 * @property {number} cached
 * @property {number} generated
 * @property {number[]} tokens
 */

/** @type {Readonly<Record<string, Period>>} */
export const PERIODS = {
  hour: { bucket: "minute", bar: MINUTE, bars: 60 },
  day: { bucket: "hour", bar: HOUR, bars: 24 },
  week: { bucket: "hour", bar: 6 * HOUR, bars: 28 },
  month: { bucket: "day", bar: DAY, bars: 30 },
};

/**
 * When every bar begins, milliseconds since the epoch; the last one is now's.
 * @param {Period} period
 * @param {number} now
 */
export function barStarts({ bar, bars }, now) {
  const last = Math.floor(now / bar) * bar;
  return Array.from({ length: bars }, (_, i) => last - (bars - 1 - i) * bar);
}

/**
 * @param {string} name
 * @param {number} bars
 * @returns {Series}
 */
function emptySeries(name, bars) {
  const tokens = Array.from({ length: bars }, () => 0);
  return { name, requests: 0, prompt: 0, cached: 0, generated: 0, tokens };
}

/** @param {Series} series */
function total(series) {
  return series.prompt + series.generated;
}

/**
 * @param {Series} sum
 * @param {Series} more
 * @returns {Series}
 */
function join(sum, more) {
  return {
    name: sum.name,
    requests: sum.requests + more.requests,
    prompt: sum.prompt + more.prompt,
    cached: sum.cached + more.cached,
    generated: sum.generated + more.generated,
    tokens: sum.tokens.map((count, i) => count + (more.tokens[i] ?? 0)),
  };
}

/**
 * Rows of `/api/usage` with buckets as series, the largest first; beyond a few
 * they are one.
 * @param {readonly import("./api.js").HistoryRow[]} rows
 * @param {"model" | "key"} groupBy
 * @param {Period} period
 * @param {number} now
 * @returns {Series[]}
 */
export function toSeries(rows, groupBy, period, now) {
  const first = barStarts(period, now)[0] ?? now;
  /** @type {Map<string, Series>} */
  const found = new Map();
  for (const row of rows) {
    const bar = Math.floor((Date.parse(row.bucket) - first) / period.bar);
    if (bar < 0 || bar >= period.bars) {
      continue;
    }
    const name = row[groupBy] ?? "";
    const series = found.get(name) ?? emptySeries(name, period.bars);
    found.set(name, series);
    const { prompt_tokens: prompt, completion_tokens: generated } = row;
    series.requests += row.requests;
    series.prompt += prompt;
    series.cached += row.cached_tokens;
    series.generated += generated;
    series.tokens[bar] = (series.tokens[bar] ?? 0) + prompt + generated;
  }
  const all = [...found.values()]
    .sort((a, b) => total(b) - total(a) || b.requests - a.requests);
  if (all.length <= MOST_SERIES + 1) {
    return all;
  }
  const rest = all.slice(MOST_SERIES)
    .reduce(join, emptySeries(OTHERS, period.bars));
  return [...all.slice(0, MOST_SERIES), rest];
}

/**
 * The sum of all series.
 * @param {readonly Series[]} series
 * @param {number} bars
 */
export function sumOf(series, bars) {
  return series.reduce(join, emptySeries("all", bars));
}
