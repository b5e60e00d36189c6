/**
 * OpenAI's response object
 * (https://platform.openai.com/docs/api-reference/responses/object).
 *
 * @module
 */

import type { ServerError } from "../errors.ts";
import type { GenerationDone, SamplingParams } from "../generation.ts";
import type { OutputItem } from "./openai_response_items.ts";
import type { ResponseRequest } from "./openai_response_types.ts";
import { toUsage } from "./openai_usage.ts";

/** What is known of a response before the model has answered. */
export interface ResponseHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** What was asked for, with what stands for what was not said. */
  readonly settings: ReturnType<typeof toSettings>;
}

function toTextSettings({ text }: ResponseRequest) {
  return {
    format: text?.format ?? { type: "text" as const },
    verbosity: text?.verbosity ?? "medium",
  };
}

function toReasoningSettings({ reasoning }: ResponseRequest) {
  return {
    effort: reasoning?.effort ?? null,
    summary: reasoning?.summary ?? reasoning?.generate_summary ?? null,
  };
}

/** What a function need not say of itself. */
const UNSAID = { description: null, parameters: null, strict: null };

function toToolSettings({ tools, tool_choice }: ResponseRequest) {
  return {
    tools: (tools ?? []).map((tool) =>
      tool.type === "function" ? { ...UNSAID, ...tool } : tool
    ),
    tool_choice: tool_choice ?? "auto",
  };
}

/** The fields of a response that tell what it was asked for. */
export function toSettings(body: ResponseRequest, sampling: SamplingParams) {
  return {
    model: body.model,
    instructions: body.instructions ?? null,
    previous_response_id: body.previous_response_id ?? null,
    ...toToolSettings(body),
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    max_tool_calls: body.max_tool_calls ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    top_logprobs: body.top_logprobs ?? 0,
    text: toTextSettings(body),
    reasoning: toReasoningSettings(body),
    truncation: body.truncation ?? "disabled",
    metadata: body.metadata ?? {},
    store: body.store ?? true,
    user: body.user ?? null,
    safety_identifier: body.safety_identifier ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    service_tier: "default",
    background: false,
  };
}

/** Why a response has no end of its own. */
export interface ResponseFailure {
  readonly code: string;
  readonly message: string;
}

/** An error in the words of a response that had begun. */
export function toFailure(
  { code, kind, message }: ServerError,
): ResponseFailure {
  const named = kind === "rate_limited" ? "rate_limit_exceeded" : code;
  return { code: named ?? "server_error", message };
}

/** How far a response has come. */
export interface ResponseState {
  readonly output: readonly OutputItem[];
  readonly end?: GenerationDone;
  readonly failure?: ResponseFailure;
}

function statusOf({ end, failure }: ResponseState) {
  if (failure !== undefined) {
    return "failed";
  }
  if (end === undefined) {
    return "in_progress";
  }
  return end.reason === "length" ? "incomplete" : "completed";
}

/** The ledger's numbers; nothing is billed for writing to the cache. */
function toResponseUsage(end: GenerationDone) {
  const usage = toUsage([end]);
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: {
      cached_tokens: usage.prompt_tokens_details.cached_tokens,
      cache_write_tokens: 0,
    },
    output_tokens: usage.completion_tokens,
    output_tokens_details: {
      reasoning_tokens: usage.completion_tokens_details.reasoning_tokens,
    },
    total_tokens: usage.total_tokens,
  };
}

/** A response as it stands. */
export function toResponse(
  { id, created, settings }: ResponseHead,
  state: ResponseState,
) {
  const { end, failure, output } = state;
  const status = statusOf(state);
  return {
    id,
    object: "response" as const,
    created_at: created,
    completed_at: status === "completed" ? Math.floor(Date.now() / 1000) : null,
    status,
    error: failure ?? null,
    incomplete_details: status === "incomplete"
      ? { reason: "max_output_tokens" }
      : null,
    output,
    usage: end === undefined ? null : toResponseUsage(end),
    ...settings,
  };
}

/** See {@linkcode toResponse}. */
export type ResponseObject = ReturnType<typeof toResponse>;
