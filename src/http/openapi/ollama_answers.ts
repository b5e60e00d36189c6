/**
 * What Ollama's routes answer.
 *
 * @module
 */

import * as v from "valibot";
import { anyObject, count, maybe, text, time } from "./answer_fields.ts";

const candidate = {
  token: text,
  logprob: v.number(),
  bytes: maybe(v.array(count)),
};

/** How likely a generated token was, and the likeliest in its place. */
export const TokenLogprob = v.object({
  ...candidate,
  top_logprobs: maybe(v.array(v.object(candidate))),
});

/** A call of a tool. */
export const ToolCall = v.object({
  id: maybe(text),
  function: v.object({
    index: maybe(count),
    name: text,
    arguments: anyObject,
  }),
});

/** What the last chunk, or the only one, tells besides; times in nanoseconds. */
const chunk = {
  model: text,
  created_at: time,
  done: v.boolean(),
  done_reason: maybe(v.picklist(["stop", "length", "load", "unload"])),
  context: maybe(v.array(count)),
  logprobs: maybe(v.array(TokenLogprob)),
  total_duration: maybe(count),
  load_duration: maybe(count),
  prompt_eval_count: maybe(count),
  prompt_eval_cached_count: maybe(count),
  prompt_eval_duration: maybe(count),
  eval_count: maybe(count),
  eval_thinking_count: maybe(count),
  eval_duration: maybe(count),
  prompt_truncated: maybe(v.literal(true)),
  prompt_original_tokens: maybe(count),
  _debug_info: maybe(v.object({ rendered_template: text })),
};

/** An answer of generate, or a piece of one. */
export const GenerateResponse = v.object({
  ...chunk,
  response: text,
  thinking: maybe(text),
  tool_calls: maybe(v.array(ToolCall)),
});

/** An answer of chat, or a piece of one. */
export const ChatResponse = v.object({
  ...chunk,
  message: v.object({
    role: v.literal("assistant"),
    content: text,
    thinking: maybe(text),
    tool_calls: maybe(v.array(ToolCall)),
  }),
});

/** Vectors, one for each input. */
export const EmbedResponse = v.object({
  model: text,
  embeddings: v.array(v.array(v.number())),
  total_duration: maybe(count),
  load_duration: maybe(count),
  prompt_eval_count: maybe(count),
});

/** One vector. */
export const EmbeddingResponse = v.object({
  embedding: v.array(v.number()),
});

/** What a model is. */
export const ModelDetails = v.object({
  parent_model: text,
  format: text,
  family: text,
  families: v.array(text),
  parameter_size: text,
  quantization_level: text,
  context_length: count,
  embedding_length: count,
});

const named = { name: text, model: text, size: count, digest: text };

/** Models in the store. */
export const TagsResponse = v.object({
  models: v.array(v.object({
    ...named,
    modified_at: time,
    details: ModelDetails,
    capabilities: v.array(text),
  })),
});

/** Models in memory. */
export const PsResponse = v.object({
  models: v.array(v.object({
    ...named,
    details: ModelDetails,
    expires_at: time,
    size_vram: count,
    context_length: count,
    running: count,
    waiting: count,
  })),
});

/** One model in detail. */
export const ShowResponse = v.object({
  license: maybe(text),
  modelfile: text,
  parameters: maybe(text),
  template: maybe(text),
  system: maybe(text),
  renderer: maybe(text),
  parser: maybe(text),
  requires: maybe(text),
  details: ModelDetails,
  messages: maybe(v.array(anyObject)),
  model_info: anyObject,
  tensors: maybe(v.array(v.object({
    name: text,
    type: text,
    shape: v.array(count),
  }))),
  capabilities: v.array(text),
  modified_at: time,
});

/** How far something has come; sizes in bytes. */
export const Progress = v.object({
  status: text,
  digest: maybe(text),
  total: maybe(count),
  completed: maybe(count),
});
