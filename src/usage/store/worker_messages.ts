/**
 * What the ledger's worker is told and what it says.
 *
 * @module
 */

import type { Entry } from "../entry.ts";
import type { Claim } from "../keys/claim.ts";
import type { UsageQuery } from "../query.ts";
import type { StorageState } from "./entry_store.ts";
import type { DatabaseOptions } from "./usage_database.ts";

/** Where and for whom a ledger is kept. */
export interface StoreOptions extends DatabaseOptions {
  /** URL of a PostgreSQL that servers share; the file delivers to it. */
  readonly url?: string;
  /** Milliseconds that single requests are kept. */
  readonly retentionMs: number;
}

/** What can be asked. */
export type Question =
  | { readonly about: "query"; readonly query: UsageQuery }
  | { readonly about: "entry"; readonly id: string }
  | { readonly about: "runTotals" }
  | { readonly about: "reserve"; readonly claim: Claim }
  /** Answered when the file is closed. */
  | { readonly about: "close" };

/** Server to worker; `open` comes first. */
export type WorkerCommand =
  | { readonly type: "open"; readonly options: StoreOptions }
  | { readonly type: "write"; readonly entries: readonly Entry[] }
  | {
    readonly type: "ask";
    readonly number: number;
    readonly question: Question;
  };

/** Worker to server. */
export type WorkerReport =
  | { readonly type: "state"; readonly state: StorageState }
  | {
    readonly type: "answer";
    readonly number: number;
    readonly value?: unknown;
    readonly error?: string;
  };
