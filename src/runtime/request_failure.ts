/**
 * What to tell clients when an engine that lives on has not done the work.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { EngineFailure } from "../messages.ts";

/** Ollama's words for a prompt that may not be cut. */
export const PROMPT_TOO_LONG =
  "the prompt is longer than the context length currently available to the " +
  "model; shorten the prompt, adjust the context length in settings, or use " +
  "a model with a longer context length";

/** Ollama's words for a text to embed that may not be cut. */
export const INPUT_TOO_LONG = "the input length exceeds the context length";

/** The error that an ending which is none of the good ones stands for. */
export function endError(
  event:
    | { readonly type: "failed"; readonly error: EngineFailure }
    | { readonly type: string },
  tooLong = PROMPT_TOO_LONG,
): ServerError {
  if (!("error" in event)) {
    return new ServerError("cancelled", "request canceled");
  }
  const { kind, message } = event.error;
  switch (kind) {
    case "prompt_too_long":
      return new ServerError("bad_request", tooLong, { cause: message });
    case "bad_request":
      return new ServerError("bad_request", message);
    case "internal":
      return new ServerError("internal", message);
    default:
      return kind satisfies never;
  }
}
