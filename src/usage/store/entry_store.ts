/**
 * What keeps the ledger, behind the worker: a file, or a file and a database
 * that servers share.
 *
 * @module
 */

import type { Entry } from "../entry.ts";
import type { Claim, Verdict } from "../keys/claim.ts";
import type { UsageGroup, UsageQuery } from "../query.ts";
import type { StoredEntry } from "./tables.ts";

/** Sums of a run, all models and outcomes together. */
export interface RunTotals {
  readonly requests: number;
  readonly cached: number;
  readonly computed: number;
  readonly generated: number;
}

/** How well the ledger is kept. */
export interface StorageState {
  /** The file; absent when there is none. */
  readonly path?: string;
  /** Entries that are not where they should be, be it a file or a database. */
  readonly unwritten: number;
  /** Why the file does not take them. */
  readonly problem?: string;
  /** Absent when the ledger is not shared. */
  readonly shared?: SharedState;
}

/** How well the shared ledger can be reached. */
export interface SharedState {
  /** Without the password. */
  readonly url: string;
  /** Whether it has everything of this server, and answers. */
  readonly isCurrent: boolean;
  /** Why it cannot be used just now, and what to do. */
  readonly problem?: string;
}

type Awaitable<T> = T | Promise<T>;

/** Keeps requests that have ended, and answers about them. */
export interface EntryStore {
  readonly state: StorageState;
  /** Adds requests, once each. Never throws for what a disk or a net does. */
  write(entries: readonly Entry[]): void;
  query(query: UsageQuery): Awaitable<UsageGroup[]>;
  /** The request with this id. */
  entry(id: string): Awaitable<StoredEntry | undefined>;
  /** Sums over the requests of this run that were written before the call. */
  runTotals(): Awaitable<RunTotals>;
  /** Forgets single requests that ended before; their sums stay. */
  prune(before: number): Awaitable<void>;
  close(): Awaitable<void>;
  /** Of stores that share budgets; undefined when nobody can be asked. */
  reserve?(claim: Claim): Promise<Verdict | undefined>;
}
