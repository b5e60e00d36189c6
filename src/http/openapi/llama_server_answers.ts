/**
 * What llama-server's routes answer.
 *
 * @module
 */

import * as v from "valibot";
import { count, maybe, text } from "./answer_fields.ts";
import { Timings } from "./openai_answers.ts";

const settings = v.object({
  ...v.entriesFromList([
    "seed",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repeat_last_n",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "max_tokens",
    "n_predict",
  ], v.number()),
  stop: v.array(text),
  logit_bias: v.array(v.object({ token: count, bias: v.number() })),
});

/** Context, template and file of a model. */
export const LlamaProps = v.object({
  default_generation_settings: v.object({ n_ctx: count, params: settings }),
  total_slots: count,
  model_alias: text,
  model_path: text,
  chat_template: text,
  modalities: v.object({ vision: v.boolean(), audio: v.boolean() }),
  build_info: text,
  is_sleeping: v.boolean(),
});

/** One place of a loaded model. */
export const LlamaSlot = v.object({
  id: count,
  model: text,
  n_ctx: count,
  speculative: v.boolean(),
  is_processing: v.boolean(),
});

const candidate = {
  id: maybe(count),
  token: text,
  bytes: v.array(count),
  logprob: v.number(),
};

/** A completion, or a piece of one; `response_fields` chooses fields. */
export const LlamaCompletion = v.object({
  index: maybe(count),
  content: maybe(text),
  tokens: maybe(v.array(count)),
  id_slot: maybe(v.number()),
  stop: maybe(v.boolean()),
  model: maybe(text),
  tokens_predicted: maybe(count),
  tokens_evaluated: maybe(count),
  generation_settings: maybe(settings),
  prompt: maybe(text),
  has_new_line: maybe(v.boolean()),
  truncated: maybe(v.boolean()),
  stop_type: maybe(v.picklist(["limit", "eos", "word"])),
  stopping_word: maybe(text),
  tokens_cached: maybe(count),
  timings: maybe(Timings),
  completion_probabilities: maybe(v.array(v.object({
    ...candidate,
    top_logprobs: v.array(v.object(candidate)),
  }))),
});

/** One completion, or one for each prompt of a list. */
export const LlamaCompletions = v.union([
  LlamaCompletion,
  v.array(LlamaCompletion),
]);

/** Vectors, one for each input. */
export const LlamaEmbeddings = v.array(v.object({
  index: count,
  embedding: v.array(v.array(v.number())),
}));

const piece = v.object({
  id: count,
  piece: v.union([text, v.array(count)]),
});

/** Tokens of a text, with their texts when asked for. */
export const LlamaTokens = v.object({
  tokens: v.array(v.union([count, piece])),
});
