/**
 * What an answer is split into, and what splits it.
 *
 * @module
 */

import type { ToolCall } from "../generation.ts";

/** A part of an answer that is certain. */
export type AnswerPiece =
  | { readonly type: "thinking" | "content"; readonly text: string }
  | { readonly type: "call"; readonly call: ToolCall };

/** Splits one answer; joined, the pieces do not depend on the cuts. */
export interface AnswerParser {
  /** Takes the next piece of text, gives what is certain. */
  add(text: string): AnswerPiece[];
  /** Gives what was held back when the answer is over. */
  end(): AnswerPiece[];
}
