/**
 * The minute, day and month that a moment is in, of UTC.
 *
 * @module
 */

import type { Period } from "./key.ts";

/** Begin and end of a period, milliseconds since the epoch. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function evenSpan(now: number, length: number): Span {
  const start = now - now % length;
  return { start, end: start + length };
}

/** The period around `now`. */
export function spanOf(period: Period, now: number): Span {
  switch (period) {
    case "minute":
      return evenSpan(now, MINUTE_MS);
    case "day":
      return evenSpan(now, DAY_MS);
    case "month": {
      const date = new Date(now);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return {
        start: Date.UTC(year, month),
        end: Date.UTC(year, month + 1),
      };
    }
  }
}
