/**
 * The body of llama-server's own `POST /completion`, as its README of release
 * 0.5.0 has it. Unknown fields are ignored; docs/api.md has the table.
 *
 * @module
 */

import * as v from "valibot";
import { anyObject, mapOf } from "./json_object.ts";

const text = v.string();
const number = v.pipe(v.number(), v.finite("must be finite"));
const whole = v.pipe(v.number(), v.integer("must be a whole number"));
const flag = v.nullish(v.boolean());

/** A field that would change the answer, and is fine where it does not. */
function off(what: string) {
  const description = `${what} not supported`;
  return v.nullish(v.pipe(
    v.unknown(),
    v.check(
      (value) =>
        !value || value === "" || (Array.isArray(value) && value.length === 0),
      description,
    ),
    v.metadata({ enum: [false, 0, "", []], description }),
  ));
}

const mixed = v.array(v.union([whole, text]));
const textObject = v.object({
  prompt_string: text,
  multimodal_data: off("pictures and sound are"),
});
const one = v.union([text, textObject, mixed]);

/** A bias for a token, or for all tokens of a text; false bans it. */
const bias = v.union([number, v.literal(false)]);

/** What a completion says besides its prompt. */
const generation = {
  /** Not llama-server's: it has one model. */
  model: v.nullish(text),
  n_predict: v.nullish(whole),
  max_tokens: v.nullish(whole),
  stream: flag,
  stop: v.nullish(v.union([text, v.array(text)])),
  temperature: v.nullish(number),
  top_k: v.nullish(whole),
  top_p: v.nullish(number),
  min_p: v.nullish(number),
  typical_p: v.nullish(number),
  repeat_penalty: v.nullish(number),
  repeat_last_n: v.nullish(whole),
  presence_penalty: v.nullish(number),
  frequency_penalty: v.nullish(number),
  seed: v.nullish(whole),
  logit_bias: v.nullish(v.union([
    mapOf(bias),
    v.array(v.tuple([v.union([whole, text]), bias])),
  ])),
  n_probs: v.nullish(
    v.pipe(
      whole,
      v.minValue(0, "must not be negative"),
      v.maxValue(100, "must be at most 100"),
    ),
  ),
  json_schema: v.nullish(anyObject),
  return_tokens: flag,
  response_fields: v.nullish(v.array(text)),
  grammar: v.nullish(text),
  mirostat: off("Mirostat is"),
  dynatemp_range: off("a range of temperatures is"),
  dry_multiplier: off("DRY is"),
  xtc_probability: off("XTC is"),
  ignore_eos: flag,
  n_indent: off("a least indentation is"),
  post_sampling_probs: off("probabilities after sampling are"),
  lora: off("adapters for single requests are"),
};

/** Body of `POST /completion`. */
export const LlamaCompletionRequest = v.object({
  ...generation,
  prompt: v.union([one, v.array(one)]),
});

/** Body of `POST /infill`. */
export const LlamaInfillRequest = v.object({
  ...generation,
  input_prefix: text,
  input_suffix: text,
  /** How the text in the gap begins. */
  prompt: v.nullish(text),
  /** Other files that help. */
  input_extra: v.nullish(
    v.array(v.object({ filename: v.nullish(text), text })),
  ),
});

const inputs = v.union([
  text,
  v.array(text),
  v.array(whole),
  v.array(v.array(whole)),
]);

/** Body of llama-server's `POST /embedding`. */
export const LlamaEmbeddingRequest = v.object({
  model: v.nullish(text),
  content: v.nullish(inputs),
  input: v.nullish(inputs),
  embd_normalize: v.nullish(
    v.picklist([-1, 2], "must be -1, for none, or 2, for length 1"),
  ),
});

/** A checked body of `POST /completion`. */
export type LlamaCompletionRequest = v.InferOutput<
  typeof LlamaCompletionRequest
>;
/** A checked body of `POST /infill`. */
export type LlamaInfillRequest = v.InferOutput<typeof LlamaInfillRequest>;
/** What the two have in common. */
export type LlamaGeneration = Pick<
  LlamaCompletionRequest,
  keyof typeof generation
>;
