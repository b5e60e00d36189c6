/**
 * What a request asks of a budget that several servers share.
 *
 * @module
 */

import type { Period } from "./key.ts";

/** What a key may use in a period that is now. */
export interface PeriodLimit {
  readonly period: Period;
  /** Begin and end, milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** Absent is without a limit. */
  readonly tokens?: number;
  readonly requests?: number;
}

/** To be set aside until the request's entry is in the ledger. */
export interface Claim {
  /** The key's name. */
  readonly key: string;
  /** The request's id. */
  readonly id: string;
  readonly tokens: number;
  /** 1 when the request begins, 0 for more tokens of one that has begun. */
  readonly requests: 0 | 1;
  readonly limits: readonly PeriodLimit[];
}

/** What all servers together have used in a period. */
export interface PeriodUsage {
  readonly period: Period;
  readonly start: number;
  readonly tokens: number;
  readonly requests: number;
}

/** The answer to a claim. */
export interface Verdict {
  /** The limit that is reached; absent when all was set aside. */
  readonly refused?: {
    readonly period: Period;
    readonly kind: "tokens" | "requests";
  };
  readonly used: readonly PeriodUsage[];
}

/** Budgets of keys that several servers hold together. */
export interface SharedBudgets {
  /** Undefined when the shared ledger cannot be asked. */
  reserve(claim: Claim): Promise<Verdict | undefined>;
  /** Passes on at once what has ended, so that its claim is settled. */
  flush(): void;
}
