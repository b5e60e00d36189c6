/**
 * When a bar of the chart begins, in words. Days are the server's, of UTC.
 *
 * @module
 */

/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** @type {Intl.DateTimeFormatOptions} */
const DATE = { day: "numeric", month: "short" };

/** @type {Readonly<Record<string, Intl.DateTimeFormatOptions>>} */
const TICKS = {
  hour: CLOCK,
  day: CLOCK,
  week: { weekday: "short", day: "numeric" },
  month: { ...DATE, timeZone: "UTC" },
};

/** @type {Readonly<Record<string, Intl.DateTimeFormatOptions>>} */
const MOMENTS = {
  hour: CLOCK,
  day: { weekday: "short", ...CLOCK },
  week: { weekday: "short", ...DATE, ...CLOCK },
  month: { weekday: "short", ...DATE, timeZone: "UTC", timeZoneName: "short" },
};

/**
 * For the axis of a period.
 * @param {string} period
 * @param {number} start Milliseconds since the epoch.
 */
export function formatTick(period, start) {
  return new Date(start).toLocaleString("en-GB", TICKS[period]);
}

/**
 * In full.
 * @param {string} period
 * @param {number} start Milliseconds since the epoch.
 */
export function formatMoment(period, start) {
  return new Date(start).toLocaleString("en-GB", MOMENTS[period]);
}
