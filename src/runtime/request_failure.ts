/**
 * What to tell clients when an engine that lives on has not done the work.
 *
 * @module
 */

import { type Overflow, ServerError } from "../errors.ts";
import type { EngineFailure } from "../messages.ts";

/** Ollama's words for a prompt that may not be cut. */
export const PROMPT_TOO_LONG =
  "the prompt is longer than the context length currently available to the " +
  "model; shorten the prompt, adjust the context length in settings, or use " +
  "a model with a longer context length";

/** Ollama's words for a text to embed that may not be cut. */
export const INPUT_TOO_LONG = "the input length exceeds the context length";

/** The error for a prompt that may not be cut; OpenAI's clients know the code. */
export function promptTooLong(
  overflow: Overflow,
  words = PROMPT_TOO_LONG,
): ServerError {
  return new ServerError("bad_request", words, {
    code: "context_length_exceeded",
    overflow,
  });
}

/** The error that an ending which is none of the good ones stands for. */
export function endError(
  event:
    | { readonly type: "failed"; readonly error: EngineFailure }
    | { readonly type: string },
  contextLength: number,
  tooLong = PROMPT_TOO_LONG,
): ServerError {
  if (!("error" in event)) {
    return new ServerError("cancelled", "request canceled");
  }
  const { kind, message, promptTokens = 0 } = event.error;
  switch (kind) {
    case "prompt_too_long":
      return promptTooLong({ promptTokens, contextLength }, tooLong);
    case "bad_request":
      return new ServerError("bad_request", message);
    case "internal":
      return new ServerError("internal", message);
    default:
      return kind satisfies never;
  }
}
