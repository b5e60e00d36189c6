/**
 * Errors as each dialect's clients read them.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** Ollama's error body. */
export interface OllamaErrorBody {
  readonly error: string;
}

/** Whatever was thrown, as an error that may be shown. */
export function toServerError(thrown: unknown): ServerError {
  return thrown instanceof ServerError
    ? thrown
    : new ServerError("internal", "internal server error", { cause: thrown });
}

/** The body, or the line in a stream, that tells of `error`. */
export function ollamaError(error: ServerError): OllamaErrorBody {
  return { error: error.message };
}
