/**
 * Questions about what was used, over time and by whom.
 *
 * @module
 */

import type { Outcome } from "../generation.ts";

/** What usage can be told apart by. */
export const DIMENSIONS = [
  "model",
  "key",
  "endpoint",
  "outcome",
  "end_user",
  "server",
] as const;

/** One of {@linkcode DIMENSIONS}. */
export type Dimension = typeof DIMENSIONS[number];

/** Lengths of time usage can be told apart by, in milliseconds; days are UTC's. */
export const BUCKETS = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const;

/** One of {@linkcode BUCKETS}. */
export type Bucket = keyof typeof BUCKETS;

/** A question. Requests count for the moment they ended. */
export interface UsageQuery {
  readonly groupBy: readonly Dimension[];
  readonly bucket?: Bucket;
  /** Milliseconds since the epoch, inclusive. */
  readonly since: number;
  /** Milliseconds since the epoch, exclusive; may be Infinity. */
  readonly until: number;
  /** Only requests with one of these values. */
  readonly only: Readonly<Partial<Record<Dimension, readonly string[]>>>;
  /** This server's requests, or those of all servers that share a ledger. */
  readonly scope: "server" | "all";
}

/** Sums over requests. */
export interface UsageSums {
  readonly requests: number;
  readonly cached: number;
  readonly computed: number;
  readonly generated: number;
  readonly reasoning: number;
  readonly durationNs: number;
  readonly queueNs: number;
  readonly loadNs: number;
  readonly promptNs: number;
  readonly decodeNs: number;
  readonly firstTokenNs: number;
  /** Requests that had a first token. */
  readonly begun: number;
}

/** One group of an answer. */
export interface UsageGroup extends UsageSums {
  /** Start of the bucket, milliseconds since the epoch. */
  readonly at?: number;
  readonly model?: string;
  readonly key?: string;
  readonly endpoint?: string;
  readonly outcome?: Outcome;
  readonly end_user?: string;
  readonly server?: string;
}
