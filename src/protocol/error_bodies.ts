/**
 * Errors as each dialect's clients read them.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** Whose words a route speaks. */
export type Dialect = "ollama" | "openai" | "anthropic" | "llama-server";

/** llama-server's own routes. */
const LLAMA_SERVER =
  /^\/(?:completions?|chat\/completions|embeddings?|models|tokenize|detokenize|apply-template|props|slots)(?:\/|$)/;

/** The dialect of the route at `path`. */
export function dialectOf(path: string): Dialect {
  if (/^\/v1\/messages(\/|$)/.test(path)) {
    return "anthropic";
  }
  if (LLAMA_SERVER.test(path)) {
    return "llama-server";
  }
  return path.startsWith("/v1/") ? "openai" : "ollama";
}

/** Whatever was thrown, as an error that may be shown. */
export function toServerError(thrown: unknown): ServerError {
  return thrown instanceof ServerError
    ? thrown
    : new ServerError("internal", "internal server error", { cause: thrown });
}

/**
 * `error.type` by status, as in https://docs.claude.com/en/api/errors; OpenAI
 * has no list, but its servers and Ollama's agree with this one.
 */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
};

/** What llama-server tells of a prompt that is too long. */
function overflowFields({ overflow }: ServerError) {
  return overflow === undefined
    ? {}
    : { n_prompt_tokens: overflow.promptTokens, n_ctx: overflow.contextLength };
}

/** The body, or the event in a stream, that tells of `error`. */
export function errorBody(
  dialect: Dialect,
  error: ServerError,
): Record<string, unknown> {
  const { message, status, param = null, code = null } = error;
  const type = ERROR_TYPES[status] ?? "api_error";
  const overflow = overflowFields(error);
  switch (dialect) {
    case "ollama":
      return { error: message };
    case "openai":
      return { error: { message, type, param, code, ...overflow } };
    case "llama-server": {
      const kind = "n_ctx" in overflow ? "exceed_context_size_error" : type;
      return { error: { code: status, message, type: kind, ...overflow } };
    }
    case "anthropic":
      return { type: "error", error: { type, message } };
  }
}
