/**
 * The ledger: every request's tokens, by model and outcome, and the check
 * that they are all the engines have evaluated.
 *
 * @module
 */

import { NO_TOKENS, type Outcome, type TokenCounts } from "../generation.ts";
import { OUTCOMES, UsageMap, type UsageRow } from "./usage_map.ts";

/** One request under way. */
export interface LedgerEntry {
  /** Counts since the request began. */
  update(counts: TokenCounts): void;
  /** Books the request. Later calls do nothing. */
  close(outcome: Outcome, counts: TokenCounts): void;
}

/** Requests of a model that have not ended. */
export interface InFlight {
  readonly requests: number;
  readonly counts: TokenCounts;
}

/** The ledger at one moment. */
export interface UsageSnapshot {
  /** When counting began, RFC 3339 in UTC with microseconds. */
  readonly start: string;
  readonly rows: readonly UsageRow[];
  readonly inFlight: ReadonlyMap<string, InFlight>;
}

/** The two sums that must be equal. */
export interface UsageCheck {
  /** Of the ledger, requests in flight included. */
  readonly entries: TokenCounts;
  /** Of the engines' own counters, those that are gone included. */
  readonly engines: TokenCounts;
  /** Tokens by which they differ, over all kinds. */
  readonly difference: number;
}

/** What a request is for. */
export interface Work {
  readonly model: string;
  /** Path of the route. */
  readonly endpoint: string;
}

function add(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    cached: a.cached + b.cached,
    computed: a.computed + b.computed,
    generated: a.generated + b.generated,
  };
}

/** Milliseconds since the epoch as RFC 3339 with microseconds. */
function timestamp(milliseconds: number): string {
  const micros = Math.floor((milliseconds % 1000) * 1000);
  const seconds = new Date(milliseconds).toISOString().slice(0, 19);
  return `${seconds}.${String(micros).padStart(6, "0")}Z`;
}

/** Counts what models do for this server, from its start. */
export class Ledger {
  readonly #start: string;
  readonly #map = UsageMap.create();
  readonly #open = new Map<
    LedgerEntry,
    { model: string; counts: TokenCounts }
  >();
  readonly #engines = new Map<string, TokenCounts>();

  constructor(now = performance.timeOrigin + performance.now()) {
    this.#start = timestamp(now);
  }

  /** The shared rows, for workers that write too. */
  get map(): UsageMap {
    return this.#map;
  }

  /** A request begins. */
  open({ model }: Work): LedgerEntry {
    const state = { model, counts: NO_TOKENS };
    const entry: LedgerEntry = {
      update: (counts) => {
        state.counts = counts;
      },
      close: (outcome, counts) => {
        if (this.#open.delete(entry)) {
          this.#map.add(model, outcome, counts);
        }
      },
    };
    this.#open.set(entry, state);
    return entry;
  }

  /** An engine's own counters since its start; kept when it is gone. */
  engineTotals(engineId: string, totals: TokenCounts): void {
    this.#engines.set(engineId, totals);
  }

  /** Rows and requests in flight, read without waiting for anything. */
  snapshot(): UsageSnapshot {
    const inFlight = new Map<string, InFlight>();
    for (const { model, counts } of this.#open.values()) {
      const known = inFlight.get(model) ?? { requests: 0, counts: NO_TOKENS };
      inFlight.set(model, {
        requests: known.requests + 1,
        counts: add(known.counts, counts),
      });
    }
    return { start: this.#start, rows: this.#map.snapshot(), inFlight };
  }

  /** Compares what requests were booked with what engines evaluated. */
  check(): UsageCheck {
    const { rows, inFlight } = this.snapshot();
    let entries = NO_TOKENS;
    for (const row of rows) {
      for (const outcome of OUTCOMES) {
        entries = add(entries, row[outcome]);
      }
    }
    for (const { counts } of inFlight.values()) {
      entries = add(entries, counts);
    }
    const engines = [...this.#engines.values()].reduce(add, NO_TOKENS);
    const difference = Math.abs(entries.cached - engines.cached) +
      Math.abs(entries.computed - engines.computed) +
      Math.abs(entries.generated - engines.generated);
    return { entries, engines, difference };
  }
}
