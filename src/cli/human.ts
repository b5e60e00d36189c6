/**
 * Sizes and times for people, in Ollama's words.
 *
 * @module
 */

const SIZE_UNITS = [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], [
  "KB",
  1e3,
]] as const;

/** `96576768` is `97 MB`, `4661224676` is `4.7 GB`. */
export function humanSize(bytes: number): string {
  for (const [unit, size] of SIZE_UNITS) {
    if (bytes >= size) {
      const number = bytes / size;
      const digits = number >= 10 || unit === "KB" ? 0 : 1;
      return `${number.toFixed(digits)} ${unit}`;
    }
  }
  return `${bytes} B`;
}

const TIME_UNITS = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

function humanSpan(seconds: number): string {
  for (const [unit, size] of TIME_UNITS) {
    const count = Math.floor(seconds / size);
    if (count > 0) {
      return `${count} ${unit}${count === 1 ? "" : "s"}`;
    }
  }
  return "less than a second";
}

/** `5 minutes ago`, `4 minutes from now`. */
export function humanTime(time: Date, now = new Date()): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  return seconds > 0
    ? `${humanSpan(seconds)} from now`
    : `${humanSpan(-seconds)} ago`;
}

/** Nanoseconds as Go prints durations: `1.234567s`, `12.5ms`. */
export function humanDuration(nanoseconds: number): string {
  const seconds = nanoseconds / 1e9;
  if (seconds >= 60) {
    const minutes = Math.floor(seconds / 60);
    return `${minutes}m${(seconds - minutes * 60).toFixed(3)}s`;
  }
  return seconds >= 1
    ? `${Number(seconds.toFixed(6))}s`
    : `${Number((nanoseconds / 1e6).toFixed(6))}ms`;
}
