/**
 * Tokens of texts and texts of tokens, as a model's engine knows them.
 *
 * @module
 */

import type { PromptPart } from "../messages.ts";
import type { EngineClient } from "./engine_client.ts";
import { endError } from "./request_failure.ts";

/** Tokens of a text, with what the model puts before and after it if wanted. */
export async function tokenize(
  engine: EngineClient,
  text: string,
  addSpecial: boolean,
): Promise<readonly number[]> {
  const work = engine.submit({ type: "tokenize", text, addSpecial });
  const event = await work.next();
  if (event.type !== "tokenized") {
    throw endError(event, engine.info.contextLength);
  }
  return event.tokens;
}

/** Bytes of each token. */
export async function detokenize(
  engine: EngineClient,
  tokens: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const work = engine.submit({ type: "detokenize", tokens });
  const event = await work.next();
  if (event.type !== "detokenized") {
    throw endError(event, engine.info.contextLength);
  }
  return event.pieces;
}

/** What tokens say; bytes that are no UTF-8 become U+FFFD. */
export async function textOfTokens(
  engine: EngineClient,
  tokens: readonly number[],
): Promise<string> {
  const bytes = (await detokenize(engine, tokens)).flat();
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Tokens a prompt has. Only a text that comes first gets a BOS token. */
export async function countTokens(
  engine: EngineClient,
  parts: readonly PromptPart[],
): Promise<number> {
  let count = 0;
  for (const part of parts) {
    const tokens = typeof part === "string"
      ? await tokenize(engine, part, count === 0)
      : part;
    count += tokens.length;
  }
  return count;
}
