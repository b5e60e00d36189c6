/**
 * Answers as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * @module
 */

import type { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Dialect, errorBody } from "../protocol/error_bodies.ts";
import type { Work } from "./respond.ts";
import { type Encoding, streamedBody } from "./streamed_body.ts";

/** One event. */
export interface SseEvent {
  /** Name of its kind, where the dialect names them. */
  readonly event?: string;
  /** A JSON value, or the text that ends a stream of OpenAI's, as it is. */
  readonly data: unknown;
}

/** Data of OpenAI's last event. */
export const DONE = "[DONE]";

/** Values as events without names, and `last` after them. */
export async function* toSse(
  values: AsyncIterable<unknown>,
  last?: string,
): AsyncGenerator<SseEvent, void> {
  for await (const data of values) {
    yield { data };
  }
  if (last !== undefined) {
    yield { data: last };
  }
}

function encode({ event, data }: SseEvent): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${data === DONE ? DONE : JSON.stringify(data)}\n\n`;
}

/** The event that tells of an error. */
export type ErrorEvent = (error: ServerError) => SseEvent;

/** Events of errors in a dialect that numbers none. */
export function errorEvent(dialect: Dialect): ErrorEvent {
  return (error) => ({
    ...(dialect === "anthropic" ? { event: "error" } : {}),
    data: errorBody(dialect, error),
  });
}

/** Streams events as they come; an error after the first is the last event. */
export async function streamSse(
  events: AsyncGenerator<SseEvent, void>,
  work: Work,
  log: Log,
  toErrorEvent: ErrorEvent,
): Promise<Response> {
  const encoding: Encoding<SseEvent> = {
    value: encode,
    error: (error) => encode(toErrorEvent(error)),
  };
  const body = await streamedBody(events, work, log, encoding);
  return new Response(body, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-cache",
    },
  });
}
