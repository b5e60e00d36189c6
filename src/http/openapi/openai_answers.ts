/**
 * What OpenAI's routes answer.
 *
 * @module
 */

import * as v from "valibot";
import { count, maybe, text } from "./answer_fields.ts";

/** Tokens of a request, cached ones included in those of the prompt. */
export const Usage = v.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: v.object({ cached_tokens: count }),
  completion_tokens_details: v.object({
    reasoning_tokens: count,
    accepted_prediction_tokens: count,
    rejected_prediction_tokens: count,
  }),
});

const rate = (name: string) =>
  v.entriesFromList(
    [`${name}_n`, `${name}_ms`, `${name}_per_token_ms`, `${name}_per_second`],
    v.number(),
  );

/** Where the time went, as llama-server tells it. */
export const Timings = v.object({
  cache_n: count,
  ...rate("prompt"),
  ...rate("predicted"),
});

const candidate = {
  token: text,
  logprob: v.number(),
  bytes: v.array(count),
};

const chatLogprobs = v.nullable(v.object({
  content: v.array(v.object({
    ...candidate,
    top_logprobs: v.array(v.object(candidate)),
  })),
  refusal: v.null(),
}));

const called = {
  id: text,
  type: v.literal("function"),
  function: v.object({ name: text, arguments: text }),
};

const thinking = { reasoning: maybe(text), reasoning_content: maybe(text) };

const chatFinish = v.picklist(["stop", "length", "tool_calls"]);

const head = { id: text, created: count, model: text };

/** A whole answer of a chat. */
export const ChatCompletion = v.object({
  ...head,
  object: v.literal("chat.completion"),
  system_fingerprint: text,
  choices: v.array(v.object({
    index: count,
    message: v.object({
      role: v.literal("assistant"),
      content: v.nullable(text),
      refusal: v.null(),
      ...thinking,
      tool_calls: maybe(v.array(v.object(called))),
    }),
    logprobs: chatLogprobs,
    finish_reason: chatFinish,
  })),
  usage: Usage,
  timings: maybe(Timings),
});

/** A piece of an answer of a chat. */
export const ChatCompletionChunk = v.object({
  ...head,
  object: v.literal("chat.completion.chunk"),
  system_fingerprint: text,
  choices: v.array(v.object({
    index: count,
    delta: v.object({
      role: maybe(v.literal("assistant")),
      content: maybe(text),
      refusal: maybe(v.null()),
      ...thinking,
      tool_calls: maybe(v.array(v.object({ index: count, ...called }))),
    }),
    logprobs: chatLogprobs,
    finish_reason: v.nullable(chatFinish),
  })),
  usage: v.nullish(Usage),
  timings: maybe(Timings),
});

const columns = v.nullable(v.object({
  tokens: v.array(text),
  token_logprobs: v.array(v.number()),
  top_logprobs: v.array(v.record(text, v.number())),
  text_offset: v.array(count),
}));

/** A completion, or a piece of one. */
export const Completion = v.object({
  ...head,
  object: v.literal("text_completion"),
  system_fingerprint: text,
  choices: v.array(v.object({
    index: count,
    text,
    logprobs: columns,
    finish_reason: v.nullable(v.picklist(["stop", "length"])),
  })),
  usage: v.nullish(Usage),
  timings: maybe(Timings),
});

/** Vectors, as numbers or as 32-bit floats in Base64. */
export const EmbeddingList = v.object({
  object: v.literal("list"),
  model: text,
  data: v.array(v.object({
    object: v.literal("embedding"),
    index: count,
    embedding: v.union([v.array(v.number()), text]),
  })),
  usage: v.object({ prompt_tokens: count, total_tokens: count }),
});

/** A model. */
export const Model = v.object({
  id: text,
  object: v.literal("model"),
  created: count,
  owned_by: text,
  meta: v.object({
    n_ctx_train: count,
    n_embd: count,
    n_params: count,
    size: count,
  }),
});

/** Models. */
export const ModelList = v.object({
  object: v.literal("list"),
  data: v.array(Model),
});

/** Tokens that a prompt has. */
export const InputTokens = v.object({ input_tokens: count });
