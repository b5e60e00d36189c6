/**
 * Bodies of the routes about tokens: `/api/tokenize` and `/api/detokenize`,
 * and llama-server's.
 *
 * @module
 */

import * as v from "valibot";
import { keepAlive } from "./keep_alive.ts";

const tokens = v.array(v.pipe(v.number(), v.integer("must be whole numbers")));

/** Body of `POST /api/tokenize`. */
export const TokenizeRequest = v.object({
  model: v.string(),
  text: v.string(),
  keep_alive: v.optional(keepAlive),
});

/** Body of `POST /api/detokenize`. */
export const DetokenizeRequest = v.object({
  model: v.string(),
  tokens,
  keep_alive: v.optional(keepAlive),
});

/** Body of llama-server's `POST /tokenize`. */
export const LlamaTokenizeRequest = v.object({
  /** Not llama-server's: it has one model. */
  model: v.nullish(v.string()),
  content: v.string(),
  add_special: v.nullish(v.boolean()),
  parse_special: v.nullish(
    v.literal(true, "tokens in the text are always read as such"),
  ),
  with_pieces: v.nullish(v.boolean()),
});

/** Body of llama-server's `POST /detokenize`. */
export const LlamaDetokenizeRequest = v.object({
  model: v.nullish(v.string()),
  tokens,
});

/** The text of tokens; bytes that are no UTF-8 become U+FFFD. */
export function textOf(pieces: readonly (readonly number[])[]): string {
  return new TextDecoder().decode(Uint8Array.from(pieces.flat()));
}

/** A token's text, or its bytes when they are no whole UTF-8. */
export function toPiece(bytes: readonly number[]): string | readonly number[] {
  try {
    return new TextDecoder("utf-8", { fatal: true })
      .decode(Uint8Array.from(bytes));
  } catch {
    return bytes;
  }
}
