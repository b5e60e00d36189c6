/**
 * A prompt's parts to tokens that fit the context.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { Truncation } from "../generation.ts";
import type { GenerateCommand } from "../messages.ts";
import type { Backend } from "./backend.ts";

/** Tokens to evaluate, or how many there would be when they do not fit. */
export type PromptTokens =
  | { readonly tokens: number[]; readonly truncation?: Truncation }
  | { readonly tooLong: number };

/**
 * Throws a `bad_request` for what is no token of the model: the library would
 * fail the whole batch, and with it everybody's requests.
 */
export function checkTokens(
  tokens: readonly number[],
  { info }: Pick<Backend, "info">,
): void {
  for (const token of tokens) {
    if (!Number.isInteger(token) || token < 0 || token >= info.vocabularySize) {
      throw new ServerError("bad_request", `there is no token ${token}`);
    }
  }
}

/** Tokens of all parts. Only a text that comes first gets a BOS token. */
function tokenizeParts(command: GenerateCommand, backend: Backend): number[] {
  const tokens: number[] = [];
  for (const part of command.prompt) {
    const more = typeof part === "string"
      ? backend.tokenize(part, tokens.length === 0)
      : part;
    for (const token of more) {
      tokens.push(token);
    }
  }
  checkTokens(tokens, backend);
  return tokens;
}

/**
 * Tokens of a prompt. One that leaves no room for an answer is cut in the
 * middle, keeping its first `keepTokens` and its newest, if that is allowed.
 */
export function promptTokens(
  command: GenerateCommand,
  backend: Backend,
): PromptTokens {
  const tokens = tokenizeParts(command, backend);
  const most = backend.info.contextLength - 1;
  if (tokens.length <= most) {
    return { tokens };
  }
  if (!command.limits.truncate) {
    return { tooLong: tokens.length };
  }
  const kept = Math.min(command.limits.keepTokens, Math.floor(most / 2));
  const cut = [...tokens.slice(0, kept), ...tokens.slice(kept - most)];
  return {
    tokens: cut,
    truncation: { originalTokens: tokens.length, keptTokens: cut.length },
  };
}
