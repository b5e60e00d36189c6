/**
 * Answers of one JSON value, errors, and the work that ends when nobody waits
 * for its answer.
 *
 * @module
 */

import type { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Dialect, errorBody } from "../protocol/error_bodies.ts";

/** One JSON value. */
export function json(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
  });
}

/** The answer that tells of an error. */
export function errorResponse(error: ServerError, dialect: Dialect): Response {
  const headers: Record<string, string> = {};
  if (error.retryAfter !== undefined) {
    headers["Retry-After"] = String(Math.ceil(error.retryAfter));
  }
  if (error.kind === "too_large") {
    // The rest of the body is not read, so the connection cannot go on.
    headers["Connection"] = "close";
  }
  return json(errorBody(dialect, error), error.status, headers);
}

/** Tells the log what the client is told, and what it is not told. */
export function logError(log: Log, error: ServerError): void {
  const cause = error.cause instanceof Error
    ? error.cause.stack ?? error.cause.message
    : error.cause;
  const fields = { status: error.status, error: error.message, cause };
  if (error.status >= 500) {
    log.error("request failed", fields);
  } else {
    log.debug("request refused", fields);
  }
}

/** Work that ends when its client goes away. */
export interface Work {
  /** Aborted as soon as nobody waits for the answer. */
  readonly signal: AbortSignal;
  /** Ends the work. */
  stop(): void;
}

/**
 * Work for a request. `request.signal` is heard as long as there is no
 * response: Deno may abort it after a response that was read to its end, too.
 * A streamed response is watched by its own `cancel`.
 */
export function workFor(request: Request): Work {
  const controller = new AbortController();
  const stop = () => controller.abort();
  request.signal.addEventListener("abort", stop, { once: true });
  if (request.signal.aborted) {
    stop();
  }
  return { signal: controller.signal, stop };
}

/** Answers the last of the values, when all went well. */
export async function lastAsJson<T>(
  values: AsyncIterable<T>,
): Promise<Response> {
  let last: T | undefined;
  for await (const value of values) {
    last = value;
  }
  return json(last ?? {});
}
