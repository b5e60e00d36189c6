/**
 * The ledger: every request's tokens, by model and outcome, and the check
 * that they are all the engines have evaluated.
 *
 * @module
 */

import { type Caller, NO_TOKENS, type TokenCounts } from "../generation.ts";
import type { EndedRequest, LiveEntry } from "./entry.ts";
import { addCounts, type Meter, OpenEntry } from "./open_entry.ts";
import { UsageMap, type UsageRow } from "./usage_map.ts";

/** Requests of a model that have not ended. */
export interface InFlight {
  readonly requests: number;
  readonly counts: TokenCounts;
}

/** The ledger at one moment. */
export interface UsageSnapshot {
  readonly start: string;
  readonly rows: readonly UsageRow[];
  readonly inFlight: ReadonlyMap<string, InFlight>;
}

/** Milliseconds since the epoch as RFC 3339 with microseconds. */
function timestamp(milliseconds: number): string {
  const micros = Math.floor((milliseconds % 1000) * 1000);
  const seconds = new Date(milliseconds).toISOString().slice(0, 19);
  return `${seconds}.${String(micros).padStart(6, "0")}Z`;
}

/** Counts what models do for this server, from its start. */
export class Ledger {
  /** When counting began, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly #map = UsageMap.create();
  readonly #open = new Map<Caller, OpenEntry>();
  readonly #engines = new Map<string, TokenCounts>();
  readonly #record: (request: EndedRequest) => void;

  /** `record` gets every request once it has ended, and must not throw. */
  constructor(
    record: (request: EndedRequest) => void = () => {},
    startedAt = performance.timeOrigin + performance.now(),
  ) {
    this.#record = record;
    this.startedAt = startedAt;
  }

  /** When counting began, RFC 3339 in UTC with microseconds. */
  get start(): string {
    return timestamp(this.startedAt);
  }

  /** The shared rows, for workers that write too. */
  get map(): UsageMap {
    return this.#map;
  }

  /**
   * A generation begins. Those of one caller are one request, which is booked
   * when the last of them has ended.
   */
  open(caller: Caller, model: string): Meter {
    const entry = this.#open.get(caller) ?? new OpenEntry(caller, model);
    this.#open.set(caller, entry);
    return entry.meter(() => this.#book(entry));
  }

  /** An engine's own counters since its start; kept when it is gone. */
  engineTotals(engineId: string, totals: TokenCounts): void {
    this.#engines.set(engineId, totals);
  }

  /** Requests under way, the oldest first. */
  live(): LiveEntry[] {
    return [...this.#open.values()].map((entry) => entry.live());
  }

  /** Rows and requests in flight, read without waiting for anything. */
  snapshot(): UsageSnapshot {
    const inFlight = new Map<string, InFlight>();
    for (const { model, counts } of this.#open.values()) {
      const known = inFlight.get(model) ?? { requests: 0, counts: NO_TOKENS };
      inFlight.set(model, {
        requests: known.requests + 1,
        counts: addCounts(known.counts, counts),
      });
    }
    return { start: this.start, rows: this.#map.snapshot(), inFlight };
  }

  /** Sum of the engines' own counters, those that are gone included. */
  engineCounts(): TokenCounts {
    return [...this.#engines.values()].reduce(addCounts, NO_TOKENS);
  }

  /** Synchronous: a request is in flight or booked, never both or neither. */
  #book(open: OpenEntry): void {
    this.#open.delete(open.caller);
    const entry = open.close();
    this.#map.add(entry.model, entry.outcome, entry);
    this.#record(entry);
  }
}
