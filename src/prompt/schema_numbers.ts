/**
 * Numbers between bounds. XGrammar holds whole numbers to any bounds, but other
 * numbers to few: between 0 and 1 it lets 1.9 pass. So a range is put together
 * of parts that it gets right.
 *
 * @module
 */

type Schema = Record<string, unknown>;

/** Beyond these, numbers are written with exponents, which no bound allows. */
const FARTHEST = 999_999_999_999;

/**
 * Parts of a whole that stand for the fractions next to a bound. XGrammar mixes
 * the digits of more.
 */
const STEPS = 2;

/** Bounds as they are met from within: by how much more than an open one. */
function bounds(schema: Schema): { low: number; high: number } {
  const number = (keyword: string) => {
    const value = schema[keyword];
    return typeof value === "number" ? value : undefined;
  };
  const [least, most] = [number("minimum"), number("maximum")];
  const [above, below] = [
    number("exclusiveMinimum"),
    number("exclusiveMaximum"),
  ];
  const step = 1 / STEPS;
  return {
    low: Math.max(
      least ?? -FARTHEST,
      above === undefined ? -FARTHEST : above + step,
    ),
    high: Math.min(
      most ?? FARTHEST,
      below === undefined ? FARTHEST : below - step,
    ),
  };
}

/** Fractions from `low` to `high`, at most one whole apart, in steps. */
function fractions(low: number, high: number): Schema[] {
  const first = Math.ceil(low * STEPS);
  const last = Math.floor(high * STEPS);
  const values = Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => (first + index) / STEPS,
  );
  const ends = [low, high].filter((end) =>
    low <= high && !values.includes(end)
  );
  const all = [...values, ...ends];
  return all.map((value) => ({ const: value }));
}

/** All from one whole distance from 0 up to another one, without that. */
function wholes(low: number, high: number, sign: 1 | -1): Schema[] {
  if (low >= high) {
    return [];
  }
  if (low === 0 && sign < 0) {
    // XGrammar knows no 0 with a sign.
    return [...fractions(-1, 0), ...wholes(1, high, sign)];
  }
  // What XGrammar takes for the last whole number has any fraction.
  const [nearest, farthest] = [sign * low, sign * (high - 1)];
  return [{
    type: "number",
    minimum: Math.min(nearest, farthest),
    maximum: Math.max(nearest, farthest),
  }];
}

/** The part of a range that is on one side of 0, as distances from it. */
function side(low: number, high: number, sign: 1 | -1): Schema[] {
  const [first, last] = [Math.ceil(low), Math.floor(high)];
  if (first > last) {
    return fractions(...ordered(sign * low, sign * high));
  }
  return [
    ...(low < first ? fractions(...ordered(sign * low, sign * first)) : []),
    ...wholes(first, last, sign),
    ...fractions(...ordered(sign * last, sign * high)),
  ];
}

function ordered(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}

/**
 * Alternatives that together are the numbers between the schema's bounds, or
 * undefined where it has none. Nothing is left of an empty range.
 */
export function numberRange(schema: Schema): Schema[] | undefined {
  const keywords = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
  ];
  if (!keywords.some((keyword) => keyword in schema)) {
    return undefined;
  }
  const { low, high } = bounds(schema);
  if (low > high) {
    return [];
  }
  return [
    ...(high > 0 ? side(Math.max(low, 0), high, 1) : []),
    ...(low < 0 ? side(Math.max(-high, 0), -low, -1) : []),
    ...(low <= 0 && high >= 0 ? [{ const: 0 }] : []),
  ];
}

/**
 * The schema with bounds that whole numbers can meet, as XGrammar wants them.
 * Undefined when none is between them.
 */
export function withWholeBounds(schema: Schema): Schema | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...rest } =
    schema;
  const number = (value: unknown, otherwise: number) =>
    typeof value === "number" ? value : otherwise;
  const low = Math.max(
    Math.ceil(number(minimum, -Infinity)),
    Math.floor(number(exclusiveMinimum, -Infinity)) + 1,
  );
  const high = Math.min(
    Math.floor(number(maximum, Infinity)),
    Math.ceil(number(exclusiveMaximum, Infinity)) - 1,
  );
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  if (low > high || low > MAX_SAFE_INTEGER || high < MIN_SAFE_INTEGER) {
    return undefined;
  }
  return {
    ...rest,
    ...(low === -Infinity ? {} : { minimum: Math.max(low, MIN_SAFE_INTEGER) }),
    ...(high === Infinity ? {} : { maximum: Math.min(high, MAX_SAFE_INTEGER) }),
  };
}
