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
import { KeyLimits } from "../../src/usage/keys/key_limits.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { UsageDatabase } from "../../src/usage/store/usage_database.ts";
import { archiveOf } from "./archive.ts";
import type { Ledger } from "../../src/usage/ledger.ts";

/** Limits of a server without keys. */
export function noLimits(): KeyLimits {
  const database = new UsageDatabase({ server: "test", run: "1" });
  return new KeyLimits(new Keyring("/nowhere/keys.json"), archiveOf(database));
}

let count = 0;

/** Somebody who asks once. */
export function newCaller(changes: Partial<Caller> = {}): Caller {
  const id = `request-${++count}`;
  return {
    id,
    endpoint: "/api/chat",
    key: ANONYMOUS,
    endUser: "",
    ...changes,
  };
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
