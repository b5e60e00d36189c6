/**
 * Errors as each dialect's clients read them.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** Whose words a route speaks. */
export type Dialect = "ollama" | "openai" | "anthropic";

/** The dialect of the route at `path`. */
export function dialectOf(path: string): Dialect {
  if (/^\/v1\/messages(\/|$)/.test(path)) {
    return "anthropic";
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

/** The body, or the event in a stream, that tells of `error`. */
export function errorBody(
  dialect: Dialect,
  error: ServerError,
): Record<string, unknown> {
  const { message, status, param = null, code = null } = error;
  const type = ERROR_TYPES[status] ?? "api_error";
  switch (dialect) {
    case "ollama":
      return { error: message };
    case "openai":
      return { error: { message, type, param, code } };
    case "anthropic":
      return { type: "error", error: { type, message } };
  }
}
