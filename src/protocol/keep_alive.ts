/**
 * `keep_alive`: how long a model stays loaded after a request.
 *
 * @module
 */

import { parseDuration } from "../duration.ts";
import { ServerError } from "../errors.ts";

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
