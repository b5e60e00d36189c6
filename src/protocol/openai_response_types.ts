/**
 * Body of `POST /v1/responses` as a schema
 * (https://platform.openai.com/docs/api-reference/responses), with the
 * sampling fields that the other routes take, too. Unknown fields are ignored;
 * docs/openai.md has the table.
 *
 * @module
 */

import * as v from "valibot";
import { anyObject, mapOf, objectOf } from "./json_object.ts";
import { ChatCompletionRequest, refused } from "./openai_types.ts";

const text = v.string();
const status = v.nullish(
  v.picklist(["in_progress", "completed", "incomplete"]),
);

const contentPart = v.variant("type", [
  v.object({ type: v.picklist(["input_text", "output_text"]), text }),
  v.object({ type: v.literal("refusal"), refusal: text }),
  v.object({ type: v.literal("input_image"), image_url: text }),
]);
const content = v.union([text, v.array(contentPart)]);

const message = v.object({
  type: v.nullish(v.literal("message"), "message"),
  id: v.nullish(text),
  role: v.picklist(["user", "assistant", "system", "developer"]),
  content,
  status,
});

const reasoning = v.object({
  type: v.literal("reasoning"),
  id: v.nullish(text),
  summary: v.nullish(
    v.array(v.object({ type: v.literal("summary_text"), text })),
  ),
  content: v.nullish(
    v.array(v.object({ type: v.literal("reasoning_text"), text })),
  ),
  encrypted_content: v.nullish(text),
  status,
});

const functionCall = v.object({
  type: v.literal("function_call"),
  id: v.nullish(text),
  call_id: text,
  name: text,
  namespace: v.nullish(text),
  arguments: text,
  status,
});

const functionCallOutput = v.object({
  type: v.literal("function_call_output"),
  id: v.nullish(text),
  call_id: text,
  output: content,
  status,
});

const itemReference = v.object({ type: v.literal("item_reference"), id: text });

const item = v.variant("type", [
  message,
  reasoning,
  functionCall,
  functionCallOutput,
  itemReference,
]);

const functionTool = v.object({
  type: v.literal("function"),
  name: text,
  description: v.nullish(text),
  parameters: v.nullish(anyObject),
  strict: v.nullish(v.boolean()),
});

/** Functions that belong together, as Codex sends them. */
const namespace = v.object({
  type: v.literal("namespace"),
  name: text,
  description: v.nullish(text),
  tools: v.array(functionTool),
});

/** What Codex sends unless told otherwise; it finds nothing here. */
const webSearch = v.pipe(
  v.object({
    type: v.literal("web_search"),
    external_web_access: v.nullish(v.boolean()),
  }),
  v.check(
    ({ external_web_access }) => external_web_access === false,
    'tools of type "web_search" are not supported',
  ),
);

const tool = v.variant("type", [functionTool, namespace, webSearch]);

const namedTool = v.object({
  type: v.literal("function"),
  name: text,
});

const toolChoice = v.union([
  v.picklist(["none", "auto", "required"]),
  v.variant("type", [
    v.object({
      type: v.literal("allowed_tools"),
      mode: v.picklist(["auto", "required"]),
      tools: v.array(namedTool),
    }),
    namedTool,
  ]),
]);

const format = v.variant("type", [
  v.object({ type: v.literal("text") }),
  v.object({ type: v.literal("json_object") }),
  v.object({
    type: v.literal("json_schema"),
    name: v.nullish(text),
    description: v.nullish(text),
    schema: anyObject,
    strict: v.nullish(v.boolean()),
  }),
]);

const summary = v.nullish(v.picklist(["auto", "concise", "detailed"]));

/** What the other routes take, too, and means the same here. */
const shared = v.pick(ChatCompletionRequest, [
  "model",
  "user",
  "safety_identifier",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "typical_p",
  "repeat_penalty",
  "repeat_last_n",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "stop",
  "logit_bias",
  "parallel_tool_calls",
  "top_logprobs",
  "chat_template_kwargs",
]);

/** Body of `POST /v1/responses` and of `POST /v1/responses/input_tokens`. */
export const ResponseRequest = v.object({
  ...shared.entries,
  input: v.nullish(v.union([text, v.array(item)])),
  instructions: v.nullish(text),
  previous_response_id: v.nullish(text),
  store: v.nullish(v.boolean()),
  max_output_tokens: v.nullish(
    v.pipe(
      v.number(),
      v.integer("must be a whole number"),
      v.minValue(1, "must be at least 1"),
    ),
  ),
  max_tool_calls: v.nullish(v.number()),
  text: v.nullish(
    objectOf({
      format: v.nullish(format),
      verbosity: v.nullish(v.picklist(["low", "medium", "high"])),
    }),
  ),
  reasoning: v.nullish(
    objectOf({
      effort: ChatCompletionRequest.entries.reasoning_effort,
      summary,
      generate_summary: summary,
    }),
  ),
  tools: v.nullish(v.array(tool)),
  tool_choice: v.nullish(toolChoice),
  include: v.nullish(v.array(text)),
  truncation: v.nullish(v.picklist(["auto", "disabled"])),
  metadata: v.nullish(mapOf(text)),
  prompt_cache_key: v.nullish(text),
  background: refused("background responses are not supported; use stream"),
  conversation: refused(
    "conversations are not supported; use previous_response_id",
  ),
  prompt: refused("stored prompts are not supported; use instructions"),
  context_management: refused("compaction is not supported; use truncation"),
  moderation: refused("moderation is not supported"),
  messages: refused("this route takes 'input'"),
  max_tokens: refused("this route takes 'max_output_tokens'"),
  max_completion_tokens: refused("this route takes 'max_output_tokens'"),
  response_format: refused("this route takes 'text.format'"),
});

/** A checked body of `POST /v1/responses`. */
export type ResponseRequest = v.InferOutput<typeof ResponseRequest>;
/** A tool as clients write it. */
export type WireTool = v.InferOutput<typeof tool>;
/** An item that stands for another one. */
export type ItemReference = v.InferOutput<typeof itemReference>;
/** A part of a conversation as clients write it. */
export type WireItem = Exclude<v.InferOutput<typeof item>, ItemReference>;
/** What a message or the output of a call says: a text or parts. */
export type ItemContent = v.InferOutput<typeof content>;
