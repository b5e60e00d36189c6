/**
 * How the end of a request is booked.
 *
 * @module
 */

import { type ErrorKind, ServerError } from "../errors.ts";
import type { GenerationEvent, Outcome } from "../generation.ts";
import type { Meter } from "../usage/open_entry.ts";

/** Books a generation that has ended with an error. */
export function fail(meter: Meter, error: unknown): void {
  const errorKind = error instanceof ServerError ? error.kind : "internal";
  meter.end(outcomeOf(errorKind), { errorKind });
}

/** What the ledger calls a request that ended with an error. */
function outcomeOf(kind: ErrorKind): Outcome {
  switch (kind) {
    case "cancelled":
      return "cancelled";
    case "queue_full":
    case "rate_limited":
    case "forbidden":
      return "rejected";
    default:
      return "failed";
  }
}

/** Books a generation that is done before anybody is told. */
export function complete(
  meter: Meter,
  last: GenerationEvent | undefined,
): void {
  if (last?.type === "done") {
    const { timings, reasoningTokens: reasoning, reason: finishReason } = last;
    meter.end("completed", { timings, reasoning, finishReason });
  }
}
