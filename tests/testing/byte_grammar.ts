/**
 * Grammars over a vocabulary in which every byte is a token.
 *
 * @module
 */

import {
  GrammarCompiler,
  type GrammarMatcher,
} from "../../src/prompt/grammar.ts";
import type { GrammarSource } from "../../src/prompt/grammar_source.ts";

/** Ends the answer. */
export const END = 256;

/** A token of two bytes. */
export const WORD = 257;

const PIECES = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
PIECES.push(new Uint8Array(), new TextEncoder().encode('":'));

/** Made once, for it takes a while. */
export const byteCompiler = await GrammarCompiler.create(PIECES, [END]);

/** Tokens that may come next. */
export async function allowed(matcher: GrammarMatcher): Promise<Set<number>> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  const mask = matcher.allowed ?? new Int32Array();
  const tokens = PIECES.map((_, token) => token).filter((token) =>
    ((mask[token >> 5] ?? 0) >> (token & 31)) & 1
  );
  return new Set(tokens);
}

/** Whether every byte of the text is allowed, one after the other. */
export async function accepts(
  source: GrammarSource,
  text: string,
): Promise<boolean> {
  using matcher = await byteCompiler.matcher(source);
  for (const byte of new TextEncoder().encode(text)) {
    if (
      !(await allowed(matcher)).has(byte) ||
      !matcher.accept(byte, Uint8Array.of(byte))
    ) {
      return false;
    }
  }
  return (await allowed(matcher)).has(END);
}
