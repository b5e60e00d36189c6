/**
 * Errors in every dialect, and what their statuses mean.
 *
 * @module
 */

import * as v from "valibot";
import { type ErrorKind, STATUS_OF } from "../../errors.ts";
import type { Dialect } from "../../protocol/error_bodies.ts";
import { count, maybe, text } from "./answer_fields.ts";
import type { Operation } from "./operation.ts";

/** An error on Ollama's routes and most others. */
export const OllamaError = v.object({ error: text });

/** By how much a prompt is too long, in tokens. */
const overflow = { n_prompt_tokens: maybe(count), n_ctx: maybe(count) };

/** An error on OpenAI's routes. */
export const OpenAIError = v.object({
  error: v.object({
    message: text,
    type: text,
    param: v.nullable(text),
    code: v.nullable(text),
    ...overflow,
  }),
});

/** An error on llama-server's own routes. */
export const LlamaServerError = v.object({
  error: v.object({ code: count, message: text, type: text, ...overflow }),
});

/** An error on Anthropic's routes. */
export const AnthropicError = v.object({
  type: v.literal("error"),
  error: v.object({ type: text, message: text }),
});

/** The schema of a dialect's errors. */
export const ERROR_OF: Readonly<Record<Dialect, v.GenericSchema>> = {
  ollama: OllamaError,
  openai: OpenAIError,
  anthropic: AnthropicError,
  "llama-server": LlamaServerError,
};

const WORDS: Readonly<Record<ErrorKind, string>> = {
  bad_request: "The request cannot be understood or followed",
  unauthorized: "An API key is missing or not valid",
  forbidden: "The key does not allow it; without a body, the web page or the " +
    "name of this machine is not one that may use the server",
  not_found: "What was named is not there",
  method_not_allowed: "There is no such method here",
  too_large: "The body is too large",
  cancelled: "The client went away",
  rate_limited: "The key's budget is used up",
  queue_full: "Too many requests are waiting",
  load_failed: "The model cannot be loaded",
  engine_died: "The model's process died",
  registry_failed: "The registry failed, or cannot be reached",
  internal: "Something failed",
};

/** Kinds of errors that an operation can answer with, by status. */
export function errorsByStatus(
  operation: Operation,
  needsKey: boolean,
): Map<number, string> {
  const kinds = new Set<ErrorKind>([
    ...(operation.body ?? operation.query ? ["bad_request" as const] : []),
    ...(needsKey ? ["unauthorized" as const, "forbidden" as const] : []),
    ...(operation.body ? ["too_large" as const] : []),
    ...operation.errors ?? [],
    "internal",
  ]);
  const words = new Map<number, string>();
  for (const kind of kinds) {
    const status = STATUS_OF[kind];
    const others = words.get(status);
    const all = others === undefined
      ? WORDS[kind]
      : `${others}. ${WORDS[kind]}`;
    words.set(status, all);
  }
  return words;
}
