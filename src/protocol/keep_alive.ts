/**
 * `keep_alive`: how long a model stays loaded after a request.
 *
 * @module
 */

import * as v from "valibot";
import { parseDuration } from "../duration.ts";
import { ServerError } from "../errors.ts";

/** The field in a schema; {@linkcode readKeepAlive} checks it. */
export const keepAlive = v.pipe(
  v.unknown(),
  v.metadata({
    description: "Seconds, or a duration such as 10m; negative is for ever",
    type: ["number", "string"],
    pattern: "^[+-]?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$",
    examples: ["10m", -1],
  }),
);

function goTypeOf(value: unknown): string {
  if (typeof value === "boolean") {
    return "bool";
  }
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

function milliseconds(value: unknown): number {
  if (typeof value === "number") {
    return value * 1000;
  }
  if (typeof value === "string") {
    return parseDuration(value);
  }
  throw new SyntaxError(`Unsupported type: '${goTypeOf(value)}'`);
}

/**
 * Reads a number of seconds or a Go duration; negative is for ever. Returns
 * milliseconds, nothing for nothing. Throws a `bad_request`.
 */
export function readKeepAlive(value: unknown): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  try {
    const time = milliseconds(value);
    return time < 0 ? Infinity : time;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError("bad_request", reason, { cause });
  }
}
