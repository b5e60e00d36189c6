/**
 * Sizes and times for people, in Ollama's words.
 *
 * @module
 */

const SIZE_UNITS: readonly (readonly [string, number])[] = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["KB", 1e3],
];

/** `96576768` is `96 MB`, `4661224676` is `4.7 GB`, `2000` is `2 KB`. */
export function humanSize(bytes: number): string {
  const [unit, size] = SIZE_UNITS.find(([, size]) => bytes >= size) ??
    ["B", 1];
  const number = bytes / size;
  const text = number >= 10 || Number.isInteger(number)
    ? String(Math.floor(number))
    : number.toFixed(1);
  return `${text} ${unit}`;
}

function humanSpan(seconds: number): string {
  if (seconds < 1) {
    return "Less than a second";
  }
  if (seconds < 60) {
    const whole = Math.floor(seconds);
    return whole === 1 ? "1 second" : `${whole} seconds`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return minutes === 1 ? "About a minute" : `${minutes} minutes`;
  }
  const hours = Math.round(seconds / 3600);
  if (hours < 48) {
    return hours === 1 ? "About an hour" : `${hours} hours`;
  }
  const days = Math.floor(hours / 24);
  if (days < 14) {
    return `${days} days`;
  }
  if (days < 60) {
    return `${Math.floor(days / 7)} weeks`;
  }
  return days < 730
    ? `${Math.floor(days / 30)} months`
    : `${Math.floor(days / 365)} years`;
}

/** `5 minutes ago`, `4 minutes from now`. */
export function humanTime(time: Date, now = new Date()): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  return seconds > 0
    ? `${humanSpan(seconds)} from now`
    : `${humanSpan(-seconds)} ago`;
}

/** Whole nanoseconds as Go prints durations: `1m1.5s`, `12.5ms`, `0s`. */
export function humanDuration(nanoseconds: number): string {
  if (nanoseconds === 0) {
    return "0s";
  }
  if (nanoseconds < 1e3) {
    return `${nanoseconds}ns`;
  }
  if (nanoseconds < 1e6) {
    return `${nanoseconds / 1e3}µs`;
  }
  if (nanoseconds < 1e9) {
    return `${nanoseconds / 1e6}ms`;
  }
  const minutes = Math.floor(nanoseconds / 60e9);
  const seconds = `${(nanoseconds % 60e9) / 1e9}s`;
  if (minutes === 0) {
    return seconds;
  }
  const hours = Math.floor(minutes / 60);
  return `${hours > 0 ? `${hours}h` : ""}${minutes % 60}m${seconds}`;
}
