/**
 * How the end of a request is booked.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { GenerationEvent, Outcome } from "../generation.ts";
import type { Meter } from "../usage/open_entry.ts";

/** What the ledger calls a request that ended with an error. */
export function outcomeOf(error: unknown): Outcome {
  const kind = error instanceof ServerError ? error.kind : "internal";
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
    const { timings, reasoningTokens } = last;
    meter.end("completed", { timings, reasoning: reasoningTokens });
  }
}
