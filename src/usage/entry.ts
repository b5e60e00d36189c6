/**
 * One line of the ledger: a request that has ended. Counts and times only,
 * never what was said.
 *
 * @module
 */

import type { ErrorKind } from "../errors.ts";
import type {
  Caller,
  FinishReason,
  Outcome,
  TokenCounts,
} from "../generation.ts";

/** What became of a request and what it took. */
export interface Entry extends Omit<Caller, "trace">, TokenCounts {
  readonly model: string;
  readonly outcome: Outcome;
  /** Milliseconds since the epoch, by the wall clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of the generated tokens, those that were thinking. */
  readonly reasoning: number;
  /** From beginning to end, in nanoseconds, by a clock that never jumps. */
  readonly durationNs: number;
  /** Waiting for a turn on a model that was there. */
  readonly queueNs: number;
  /** Waiting for the model to load. */
  readonly loadNs: number;
  /** Evaluating the prompt, in the engine. */
  readonly promptNs: number;
  /** Generating, in the engine. */
  readonly decodeNs: number;
  /** From the beginning to the first token; 0 when there was none. */
  readonly firstTokenNs: number;
}

/** A request that has just ended, with what is told at once and not kept. */
export interface EndedRequest extends Entry, Caller {
  /** Why each of its generations ended, those that ended by themselves. */
  readonly finishReasons: readonly FinishReason[];
  /** What went wrong, if anything has. */
  readonly errorKind?: ErrorKind;
}

/** A request under way, with what it has used so far. */
export interface LiveEntry extends Caller, TokenCounts {
  readonly model: string;
  readonly startedAt: number;
  /** Nanoseconds since it began. */
  readonly durationNs: number;
}
