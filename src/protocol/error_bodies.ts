/**
 * Errors as each dialect's clients read them.
 *
 * @module
 */

import { type Overflow, ServerError } from "../errors.ts";

/** Whose words a route speaks. */
export type Dialect = "ollama" | "openai" | "anthropic" | "llama-server";

/** llama-server's own routes. */
const LLAMA_SERVER =
  /^\/(?:completions?|infill|chat\/completions|embeddings?|models|tokenize|detokenize|apply-template|props|slots|rerank(?:ing)?)(?:\/|$)/;

/** OpenAI's routes, and Cohere's for reranking. */
const OPENAI = /^\/v[12]\//;

/** The dialect of the route at `path`. */
export function dialectOf(path: string): Dialect {
  if (/^\/v1\/messages(\/|$)/.test(path)) {
    return "anthropic";
  }
  if (LLAMA_SERVER.test(path)) {
    return "llama-server";
  }
  return OPENAI.test(path) ? "openai" : "ollama";
}

/** What there is to do when the system refuses a file, by its error's code. */
const FILE_TROUBLE: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the disk: make room and try again",
  EDQUOT: "the disk's quota is used up: make room and try again",
  EROFS: "the disk is read-only: the models folder has to be writable",
  EACCES: "permission denied: the models folder has to be the server's own",
  EPERM: "permission denied: the models folder has to be the server's own",
};

/** Whatever was thrown, as an error that may be shown. */
export function toServerError(thrown: unknown): ServerError {
  if (thrown instanceof ServerError) {
    return thrown;
  }
  const code = (thrown as { code?: unknown } | undefined)?.code;
  const message = FILE_TROUBLE[String(code)] ?? "internal server error";
  return new ServerError("internal", message, { cause: thrown });
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
  405: "invalid_request_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
};

/** How each dialect says that a prompt is too long; agents look for it. */
function overflowText(
  dialect: Dialect,
  { promptTokens, contextLength }: Overflow,
): string | undefined {
  switch (dialect) {
    case "openai":
      return `This model's maximum context length is ${contextLength} tokens, ` +
        `but the prompt is too long: it has ${promptTokens}. Shorten it, or ` +
        "give the model a longer context (num_ctx).";
    case "anthropic":
      return `prompt is too long: ${promptTokens} tokens > ${contextLength} maximum`;
    case "llama-server":
      return `request (${promptTokens} tokens) exceeds the available context ` +
        `size (${contextLength} tokens), try increasing it`;
    case "ollama":
      return undefined;
  }
}

/** The body, or the event in a stream, that tells of `error`. */
export function errorBody(
  dialect: Dialect,
  error: ServerError,
): Record<string, unknown> {
  const { status, overflow, param = null, code = null } = error;
  const type = ERROR_TYPES[status] ?? "api_error";
  const message = (overflow && overflowText(dialect, overflow)) ??
    error.message;
  const sizes = overflow === undefined ? {} : {
    n_prompt_tokens: overflow.promptTokens,
    n_ctx: overflow.contextLength,
  };
  switch (dialect) {
    case "ollama":
      return { error: message };
    case "openai":
      return { error: { message, type, param, code, ...sizes } };
    case "llama-server": {
      const kind = overflow === undefined ? type : "exceed_context_size_error";
      return { error: { code: status, message, type: kind, ...sizes } };
    }
    case "anthropic":
      return { type: "error", error: { type, message } };
  }
}
