/**
 * Numbers, sizes and times as the page writes them.
 *
 * @module
 */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", {
  notation: "compact",
  maximumSignificantDigits: 3,
});

/**
 * A count in full, as in 12,345.
 * @param {number} value
 */
export function formatCount(value) {
  return whole.format(value);
}

/**
 * A count that fits everywhere: in full below 10,000, then as in 12.3K.
 * @param {number} value
 */
export function formatShort(value) {
  return value < 10_000 ? whole.format(value) : short.format(value);
}

/**
 * Tokens a second, with one digit after the point below 100.
 * @param {number} perSecond
 */
export function formatRate(perSecond) {
  return perSecond < 100 ? perSecond.toFixed(1) : whole.format(perSecond);
}

/**
 * A part of a whole in percent; a dash when there is no whole.
 * @param {number} part
 * @param {number} all
 */
export function formatShare(part, all) {
  return all === 0 ? "–" : `${Math.round(100 * part / all)}%`;
}

/**
 * Bytes as files are told, in powers of 1000.
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${
    units[unit]
  }`;
}

/**
 * A length of time in its two largest units, as in 3 min 5 s.
 * @param {number} seconds
 */
export function formatAge(seconds) {
  if (seconds < 60) {
    return `${Math.max(0, Math.floor(seconds))}\u00a0s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)}\u00a0min ${
      Math.floor(seconds % 60)
    }\u00a0s`;
  }
  const hours = Math.floor(seconds / 3600);
  return hours < 48
    ? `${hours}\u00a0h ${Math.floor(seconds % 3600 / 60)}\u00a0min`
    : `${Math.floor(hours / 24)}\u00a0d ${hours % 24}\u00a0h`;
}

/**
 * "1 request", "2 requests".
 * @param {number} count
 * @param {string} noun
 */
export function formatMany(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
