/**
 * What the ledger's worker is told and what it says.
 *
 * @module
 */

import type { Entry } from "../entry.ts";
import type { UsageQuery } from "../query.ts";
import type { DatabaseOptions, StorageState } from "./usage_database.ts";

/** What can be asked. */
export type Question =
  | { readonly about: "query"; readonly query: UsageQuery }
  | { readonly about: "entry"; readonly id: string }
  | { readonly about: "runTotals" }
  /** Answered when the file is closed. */
  | { readonly about: "close" };

/** Server to worker; `open` comes first. */
export type WorkerCommand =
  | {
    readonly type: "open";
    readonly options: DatabaseOptions;
    /** Milliseconds that single requests are kept. */
    readonly retentionMs: number;
  }
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
