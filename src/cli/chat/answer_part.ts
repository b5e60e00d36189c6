/**
 * What comes of an answer at a time.
 *
 * @module
 */

import type { Timings } from "./timings.ts";

/** A call of a function, which the command line offers none of. */
export interface AnsweredCall {
  readonly function: { readonly name: string; readonly arguments: unknown };
}

/** A part of an answer, whichever route it came by. */
export interface AnswerPart {
  readonly content: string;
  readonly thinking: string;
  readonly calls: readonly AnsweredCall[];
  /** Of the last part. */
  readonly timings?: Timings;
}
