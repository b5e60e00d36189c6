/**
 * Requests as the ledger books them.
 *
 * @module
 */

import {
  ANONYMOUS,
  type Caller,
  type Outcome,
  type TokenCounts,
} from "../../src/generation.ts";
import type { Ledger } from "../../src/usage/ledger.ts";

let count = 0;

/** Somebody who asks once. */
export function newCaller(changes: Partial<Caller> = {}): Caller {
  const id = `request-${++count}`;
  return { id, endpoint: "/api/chat", key: ANONYMOUS, ...changes };
}

/** A request that has begun and used so much. */
export function begin(ledger: Ledger, model: string, counts: TokenCounts) {
  const meter = ledger.open(newCaller(), model);
  meter.update(counts);
  return meter;
}

/** A request that has ended. */
export function book(
  ledger: Ledger,
  model: string,
  outcome: Outcome,
  counts: TokenCounts,
): void {
  begin(ledger, model, counts).end(outcome);
}
