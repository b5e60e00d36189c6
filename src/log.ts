/**
 * Log lines on standard error: time, level, message, fields.
 *
 * @module
 */

/** Order matters: a logger prints its own level and those after it. */
const LEVELS = ["debug", "info", "warn", "error"] as const;

/** How grave a line is. */
export type LogLevel = typeof LEVELS[number];

/** Facts that go with a line, printed as `key=value`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

function formatField([key, value]: [string, unknown]): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `${key}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`;
}

/** A log that prints lines of `level` and above. */
export function createLog(
  level: LogLevel,
  write: (line: string) => void = (line) => console.error(line),
): Log {
  const least = LEVELS.indexOf(level);
  const at = (own: LogLevel) => (message: string, fields: LogFields = {}) => {
    if (LEVELS.indexOf(own) < least) {
      return;
    }
    const time = new Date().toISOString();
    const tail = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(formatField);
    write([time, own.padEnd(5), message, ...tail].join(" "));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}
