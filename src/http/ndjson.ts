/**
 * Answers of one JSON value a line.
 *
 * @module
 */

import type { Log } from "../log.ts";
import { errorBody } from "../protocol/error_bodies.ts";
import type { Work } from "./respond.ts";
import { type Encoding, streamedBody } from "./streamed_body.ts";

function line(value: unknown): string {
  return JSON.stringify(value) + "\n";
}

const LINES: Encoding<unknown> = {
  value: line,
  error: (error) => line(errorBody("ollama", error)),
};

/** Streams values as they come; an error after the first is the last line. */
export async function streamNdjson(
  values: AsyncGenerator<unknown, void>,
  work: Work,
  log: Log,
): Promise<Response> {
  return new Response(await streamedBody(values, work, log, LINES), {
    headers: { "Content-Type": "application/x-ndjson" },
  });
}
