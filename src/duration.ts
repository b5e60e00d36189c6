/**
 * Go's duration strings, which Ollama's clients and settings use.
 *
 * @module
 */

/** Milliseconds in each unit of a Go duration. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function goQuote(text: string): string {
  return JSON.stringify(text);
}

/**
 * Reads a duration such as `1h30m` or `-1.5s` and returns milliseconds.
 * Throws a `SyntaxError` with Go's own words, which clients show
 * (https://pkg.go.dev/time#ParseDuration).
 */
export function parseDuration(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") {
    return 0;
  }
  const invalid = `time: invalid duration ${goQuote(text)}`;
  if (body === "") {
    throw new SyntaxError(invalid);
  }
  let total = 0;
  let rest = body;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) {
      throw new SyntaxError(invalid);
    }
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? "";
    if (unit === "") {
      throw new SyntaxError(
        `time: missing unit in duration ${goQuote(text)}`,
      );
    }
    const scale = UNIT_MS[unit];
    if (scale === undefined) {
      throw new SyntaxError(
        `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`,
      );
    }
    rest = rest.slice(unit.length);
    total += Number(number) * scale;
  }
  return sign * total;
}
