/**
 * Bodies that grow while work goes on. Whoever stops reading stops the work.
 *
 * @module
 */

import type { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { toServerError } from "../protocol/error_bodies.ts";
import { logError, type Work } from "./respond.ts";

/** How values and errors are written. */
export interface Encoding<T> {
  value(value: T): string;
  error(error: ServerError): string;
}

const encoder = new TextEncoder();

/**
 * A body of values, each asked for when the client has taken the last. The
 * first one is awaited: until then errors are thrown, so that they decide the
 * status; after that they are part of the body, and its end.
 */
export async function streamedBody<T>(
  values: AsyncGenerator<T, void>,
  work: Work,
  log: Log,
  encoding: Encoding<T>,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  let ready: IteratorResult<T, void> | undefined = await values.next();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = ready ?? await values.next();
        ready = undefined;
        if (work.signal.aborted) {
          return;
        }
        if (done) {
          controller.close();
        } else {
          controller.enqueue(encoder.encode(encoding.value(value)));
        }
      } catch (thrown) {
        // An error that nobody reads is the end that the client has asked for.
        if (!work.signal.aborted) {
          const error = toServerError(thrown);
          logError(log, error);
          controller.enqueue(encoder.encode(encoding.error(error)));
          controller.close();
        }
      }
    },
    async cancel() {
      work.stop();
      await values.return();
    },
  }, { highWaterMark: 0 });
}
