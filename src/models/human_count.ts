/**
 * Counts of parameters as Ollama prints them.
 *
 * @module
 */

const UNITS = [["B", 1e9, 1], ["M", 1e6, 2], ["K", 1e3, 0]] as const;

/** `134515008` is `134.52M`, `3210000000` is `3.2B`, `8000000000` is `8B`. */
export function humanCount(count: number): string {
  for (const [unit, size, digits] of UNITS) {
    if (count >= size) {
      const number = count / size;
      return number.toFixed(Number.isInteger(number) ? 0 : digits) + unit;
    }
  }
  return String(count);
}
