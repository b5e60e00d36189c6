/**
 * A request under way, which may be several generations at once.
 *
 * @module
 */

import type { ErrorKind } from "../errors.ts";
import {
  type Caller,
  type FinishReason,
  NO_TOKENS,
  type Outcome,
  type Timings,
  type TokenCounts,
} from "../generation.ts";
import type { EndedRequest, LiveEntry } from "./entry.ts";

/** How long a request waited before its model was its own, nanoseconds. */
export interface Waited {
  readonly queueNs: number;
  readonly loadNs: number;
}

/** What is known of a generation that has ended. */
export interface Ending {
  readonly timings?: Timings;
  readonly reasoning?: number;
  readonly finishReason?: FinishReason;
  readonly errorKind?: ErrorKind;
}

/** Follows one generation of a request. */
export interface Meter {
  /** The model is there. */
  leased(waited: Waited): void;
  /** Counts since the generation began. */
  update(counts: TokenCounts): void;
  /** Later calls, of this or the others, do nothing. */
  end(outcome: Outcome, ending?: Ending): void;
}

/** The sum of two counts. */
export function addCounts(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    cached: a.cached + b.cached,
    computed: a.computed + b.computed,
    generated: a.generated + b.generated,
  };
}

/** The worst last: one generation that failed is a request that failed. */
const SEVERITY: readonly Outcome[] = [
  "completed",
  "cancelled",
  "rejected",
  "failed",
];

function worse(a: Outcome, b: Outcome): Outcome {
  return SEVERITY.indexOf(a) > SEVERITY.indexOf(b) ? a : b;
}

function toNs(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

/** Sums up what the generations of one request do. */
export class OpenEntry {
  readonly caller: Caller;
  readonly model: string;
  readonly #startedAt = Date.now();
  readonly #began = performance.now();
  readonly #counts: TokenCounts[] = [];
  #running = 0;
  #outcome: Outcome = "completed";
  #queueNs = 0;
  #loadNs = 0;
  #promptNs = 0;
  #decodeNs = 0;
  #reasoning = 0;
  #firstTokenNs = 0;
  readonly #finishReasons: FinishReason[] = [];
  #errorKind: ErrorKind | undefined;

  constructor(caller: Caller, model: string) {
    this.caller = caller;
    this.model = model;
  }

  /** Tokens so far. */
  get counts(): TokenCounts {
    return this.#counts.reduce(addCounts, NO_TOKENS);
  }

  /** Another generation begins; `ended` is called when the last has ended. */
  meter(ended: () => void): Meter {
    const index = this.#counts.push(NO_TOKENS) - 1;
    this.#running++;
    let running = true;
    return {
      leased: (waited) => this.#addWait(waited),
      update: (counts) => {
        if (running) {
          this.#update(index, counts);
        }
      },
      end: (outcome, ending = {}) => {
        if (running) {
          running = false;
          this.#outcome = worse(this.#outcome, outcome);
          this.#addEnding(ending);
          if (--this.#running === 0) {
            ended();
          }
        }
      },
    };
  }

  /** The request as it is now. */
  live(): LiveEntry {
    return {
      ...this.caller,
      ...this.counts,
      model: this.model,
      startedAt: this.#startedAt,
      durationNs: this.#elapsedNs(),
    };
  }

  /** The request as it has ended, just now. */
  close(): EndedRequest {
    return {
      ...this.live(),
      outcome: this.#outcome,
      endedAt: Date.now(),
      reasoning: this.#reasoning,
      queueNs: this.#queueNs,
      loadNs: this.#loadNs,
      promptNs: this.#promptNs,
      decodeNs: this.#decodeNs,
      firstTokenNs: this.#firstTokenNs,
      finishReasons: this.#finishReasons,
      ...(this.#errorKind === undefined ? {} : { errorKind: this.#errorKind }),
    };
  }

  #elapsedNs(): number {
    return toNs(performance.now() - this.#began);
  }

  /** Generations wait at the same time. */
  #addWait({ queueNs, loadNs }: Waited): void {
    this.#queueNs = Math.max(this.#queueNs, queueNs);
    this.#loadNs = Math.max(this.#loadNs, loadNs);
  }

  #update(index: number, counts: TokenCounts): void {
    this.#counts[index] = counts;
    if (counts.generated > 0 && this.#firstTokenNs === 0) {
      this.#firstTokenNs = this.#elapsedNs();
    }
  }

  #addEnding({ timings, reasoning, finishReason, errorKind }: Ending): void {
    this.#promptNs += timings?.promptNs ?? 0;
    this.#decodeNs += timings?.decodeNs ?? 0;
    this.#reasoning += reasoning ?? 0;
    this.#errorKind ??= errorKind;
    if (finishReason !== undefined) {
      this.#finishReasons.push(finishReason);
    }
  }
}
