/**
 * A prompt's parts to tokens that fit the context.
 *
 * @module
 */

import type { Truncation } from "../generation.ts";
import type { GenerateCommand } from "../messages.ts";
import type { Backend } from "./backend.ts";

/** Tokens to evaluate, or how many there would be when they do not fit. */
export type PromptTokens =
  | { readonly tokens: number[]; readonly truncation?: Truncation }
  | { readonly tooLong: number };

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
