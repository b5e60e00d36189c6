/**
 * Bodies of OpenAI's routes as schemas
 * (https://platform.openai.com/docs/api-reference), with what llama-server
 * takes besides. Unknown fields are ignored; docs/openai.md has the table.
 *
 * @module
 */

import * as v from "valibot";
import { anyObject, mapOf, objectOf } from "./json_object.ts";

const text = v.string();
const model = v.pipe(text, v.metadata({ minLength: 1 }));
const number = v.pipe(v.number(), v.finite("must be finite"));
const whole = v.pipe(v.number(), v.integer("must be a whole number"));
const between = (least: number, most: number) =>
  v.pipe(
    number,
    v.minValue(least, `must be from ${least} to ${most}`),
    v.maxValue(most, `must be from ${least} to ${most}`),
  );
const strings = v.union([text, v.array(text)]);

/** A field that would change the answer and cannot be followed. */
export function refused(instead: string) {
  return v.nullish(
    v.pipe(
      v.unknown(),
      v.check((value) => value === false, instead),
      v.metadata({ const: false, description: instead }),
    ),
  );
}

/** How tokens are chosen, on every route that generates. */
const sampling = {
  temperature: v.nullish(between(0, 2)),
  top_p: v.nullish(between(0, 1)),
  top_k: v.nullish(whole),
  min_p: v.nullish(between(0, 1)),
  typical_p: v.nullish(between(0, 1)),
  repeat_penalty: v.nullish(number),
  repeat_last_n: v.nullish(whole),
  presence_penalty: v.nullish(between(-2, 2)),
  frequency_penalty: v.nullish(between(-2, 2)),
  seed: v.nullish(whole),
  stop: v.nullish(strings),
  logit_bias: v.nullish(mapOf(between(-100, 100))),
};

/** Whom the client asks for; the newer name came with GPT-5. */
const endUser = {
  user: v.nullish(text),
  safety_identifier: v.nullish(text),
};

/** What both routes that generate say besides. */
const generation = {
  model,
  ...endUser,
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(
    objectOf({ include_usage: v.nullish(v.boolean()) }),
  ),
  n: v.nullish(
    v.pipe(
      whole,
      v.minValue(1, "must be at least 1"),
      v.maxValue(128, "must be at most 128"),
    ),
  ),
  max_tokens: v.nullish(whole),
  /** llama-server's name for it. */
  n_predict: v.nullish(whole),
  ...sampling,
  mirostat: refused("Mirostat is not supported; use temperature and top_p"),
  /** llama-server's and vLLM's: go on until `max_tokens`. */
  ignore_eos: v.nullish(v.boolean()),
  /** llama-server's: a grammar in GBNF that the answer keeps to. */
  grammar: v.nullish(text),
};

const textPart = v.object({ type: v.literal("text"), text });
const refusalPart = v.object({ type: v.literal("refusal"), refusal: text });
const imagePart = v.object({
  type: v.literal("image_url"),
  image_url: v.union([text, v.object({ url: text })]),
});
const part = v.variant("type", [textPart, refusalPart, imagePart]);
const content = v.union([text, v.array(part)]);

const toolCall = v.object({
  id: v.nullish(text),
  type: v.nullish(v.literal("function")),
  function: v.object({
    name: text,
    arguments: v.union([text, anyObject]),
  }),
});

const message = v.variant("role", [
  v.object({ role: v.literal("system"), content }),
  v.object({ role: v.literal("developer"), content }),
  v.object({ role: v.literal("user"), content }),
  v.object({
    role: v.literal("assistant"),
    content: v.nullish(content),
    reasoning: v.nullish(text),
    reasoning_content: v.nullish(text),
    tool_calls: v.nullish(v.array(toolCall)),
  }),
  v.object({
    role: v.literal("tool"),
    content: v.nullish(content),
    tool_call_id: v.nullish(text),
    name: v.nullish(text),
  }),
]);

const tool = v.object({
  type: v.literal("function"),
  function: v.object({
    name: text,
    description: v.nullish(text),
    parameters: v.nullish(anyObject),
    strict: v.nullish(v.boolean()),
  }),
});

const namedTool = v.object({
  type: v.literal("function"),
  function: v.object({ name: text }),
});

const toolChoice = v.union([
  v.picklist(["none", "auto", "required"]),
  namedTool,
  v.object({
    type: v.literal("allowed_tools"),
    allowed_tools: v.object({
      mode: v.picklist(["auto", "required"]),
      tools: v.array(namedTool),
    }),
  }),
]);

const responseFormat = v.variant("type", [
  v.object({ type: v.literal("text") }),
  v.object({
    type: v.literal("json_object"),
    // llama-server's place for a schema.
    schema: v.nullish(anyObject),
  }),
  v.object({
    type: v.literal("json_schema"),
    json_schema: v.object({
      name: v.nullish(text),
      schema: anyObject,
      strict: v.nullish(v.boolean()),
    }),
  }),
]);

/** Levels of thinking. */
const effort = v.picklist([
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
]);

/** Body of `POST /v1/chat/completions`. */
export const ChatCompletionRequest = v.object({
  ...generation,
  messages: v.pipe(
    v.array(message),
    v.minLength(1, "must have a message at least"),
  ),
  max_completion_tokens: v.nullish(whole),
  response_format: v.nullish(responseFormat),
  tools: v.nullish(v.array(tool)),
  tool_choice: v.nullish(toolChoice),
  parallel_tool_calls: v.nullish(v.boolean()),
  reasoning_effort: v.nullish(effort),
  reasoning: v.nullish(objectOf({ effort: v.nullish(effort) })),
  // llama-server's; -1 is no bound.
  reasoning_budget_tokens: v.nullish(whole),
  thinking_budget_tokens: v.nullish(whole),
  chat_template_kwargs: v.nullish(
    v.pipe(
      anyObject,
      v.looseObject({ enable_thinking: v.nullish(v.boolean()) }),
    ),
  ),
  /** llama-server's place for a schema, besides `response_format`. */
  json_schema: v.nullish(anyObject),
  logprobs: v.nullish(v.boolean()),
  top_logprobs: v.nullish(
    v.pipe(whole, between(0, 20)),
  ),
  functions: refused("functions are not supported; use tools"),
  function_call: refused("function_call is not supported; use tool_choice"),
  audio: refused("audio is not supported"),
  modalities: v.nullish(v.array(v.literal("text"))),
  moderation: refused("moderation is not supported"),
  web_search_options: refused("web search is not supported"),
});

/** A conversation on llama-server's routes, which need no model. */
export const UnnamedChatRequest = v.object({
  ...ChatCompletionRequest.entries,
  model: v.nullish(text),
});

/** Body of `POST /v1/completions`. */
export const CompletionRequest = v.object({
  ...generation,
  prompt: v.union([
    text,
    v.array(text),
    v.array(whole),
    v.array(v.array(whole)),
  ]),
  suffix: v.nullish(text),
  echo: v.nullish(v.boolean()),
  logprobs: v.nullish(v.pipe(whole, between(0, 20))),
  best_of: v.nullish(whole),
});

/** Body of `POST /v1/embeddings`. */
export const EmbeddingsRequest = v.object({
  ...endUser,
  model,
  input: v.union([
    text,
    v.array(text),
    v.array(whole),
    v.array(v.array(whole)),
  ]),
  encoding_format: v.nullish(v.picklist(["float", "base64"])),
  dimensions: v.nullish(v.pipe(whole, v.minValue(1, "must be at least 1"))),
});

/** A checked body of `POST /v1/chat/completions`. */
export type ChatCompletionRequest = v.InferOutput<
  typeof ChatCompletionRequest
>;
/** A checked body of `POST /v1/completions`. */
export type CompletionRequest = v.InferOutput<typeof CompletionRequest>;
/** A checked body of `POST /v1/embeddings`. */
export type EmbeddingsRequest = v.InferOutput<typeof EmbeddingsRequest>;
/** What the two that generate have in common. */
export type GenerationBody = Pick<
  ChatCompletionRequest,
  keyof typeof generation
>;
/** How tokens are chosen and for whom, on every route that generates. */
export type SamplingBody = Pick<
  ChatCompletionRequest,
  keyof typeof sampling | keyof typeof endUser
>;
/** Where a request says what its answer keeps to, and when it ends. */
export type FormatBody = Pick<
  ChatCompletionRequest,
  "ignore_eos" | "response_format" | "json_schema" | "grammar"
>;
/** Where a request says whether and how much to think. */
export type ThinkingBody = Pick<
  ChatCompletionRequest,
  | "model"
  | "reasoning_effort"
  | "reasoning"
  | "reasoning_budget_tokens"
  | "thinking_budget_tokens"
  | "chat_template_kwargs"
>;
/** A message as clients write it. */
export type WireMessage = v.InferOutput<typeof message>;
/** What a message says: a text or parts. */
export type WireContent = v.InferOutput<typeof content>;
