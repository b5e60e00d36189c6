/**
 * Requests that have ended, for whoever asks about them later.
 *
 * @module
 */

import type { UsageGroup, UsageQuery } from "../query.ts";
import type { StoredEntry } from "./tables.ts";
import type { RunTotals, StorageState } from "./entry_store.ts";

/** Answers from what has been written; asking writes what has not been yet. */
export interface UsageArchive {
  /** Sums over requests, in the order of their groups. */
  query(query: UsageQuery): Promise<readonly UsageGroup[]>;
  /** The request with this id. */
  entry(id: string): Promise<StoredEntry | undefined>;
  /** Sums over the requests of this run of the server. */
  runTotals(): Promise<RunTotals>;
  /** How well the ledger is kept. */
  readonly state: StorageState;
}
