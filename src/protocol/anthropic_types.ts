/**
 * Bodies of Anthropic's routes as schemas
 * (https://docs.claude.com/en/api/messages). Unknown fields are ignored;
 * docs/anthropic.md has the table.
 *
 * @module
 */

import * as v from "valibot";
import { anyObject, objectOf } from "./json_object.ts";

const text = v.string();
const whole = v.pipe(v.number(), v.integer("must be a whole number"));
const fraction = v.pipe(
  v.number(),
  v.minValue(0, "must be from 0 to 1"),
  v.maxValue(1, "must be from 0 to 1"),
);

const textBlock = v.object({ type: v.literal("text"), text });
const imageBlock = v.object({
  type: v.literal("image"),
  source: v.object({ type: text, data: v.nullish(text) }),
});

/** What a tool's result may have in it. */
const resultContent = v.union([
  text,
  v.array(v.variant("type", [textBlock, imageBlock])),
]);

const block = v.variant("type", [
  textBlock,
  imageBlock,
  v.object({ type: v.literal("thinking"), thinking: text }),
  v.object({ type: v.literal("redacted_thinking") }),
  v.object({
    type: v.literal("tool_use"),
    id: text,
    name: text,
    input: anyObject,
  }),
  v.object({
    type: v.literal("tool_result"),
    tool_use_id: text,
    content: v.nullish(resultContent),
    is_error: v.nullish(v.boolean()),
  }),
]);

const message = v.object({
  role: v.picklist(["user", "assistant", "system"]),
  content: v.union([text, v.array(block)]),
});

const tool = v.object({
  type: v.nullish(
    v.literal("custom", "only tools of type custom are supported"),
  ),
  name: text,
  description: v.nullish(text),
  input_schema: anyObject,
});

const toolChoice = v.variant("type", [
  v.object({
    type: v.picklist(["auto", "any", "none"]),
    disable_parallel_tool_use: v.nullish(v.boolean()),
  }),
  v.object({
    type: v.literal("tool"),
    name: text,
    disable_parallel_tool_use: v.nullish(v.boolean()),
  }),
]);

const jsonFormat = v.object({
  type: v.literal("json_schema"),
  schema: anyObject,
});

/** What counting and answering have in common. */
const conversation = {
  model: v.pipe(text, v.metadata({ minLength: 1 })),
  messages: v.optional(
    v.pipe(v.array(message), v.metadata({ minItems: 1 })),
    [],
  ),
  system: v.nullish(v.union([text, v.array(textBlock)])),
  tools: v.nullish(v.array(tool)),
  tool_choice: v.nullish(toolChoice),
  thinking: v.nullish(
    v.object({
      type: v.picklist(["enabled", "disabled", "adaptive"]),
      budget_tokens: v.nullish(
        v.pipe(whole, v.minValue(0, "must be at least 0")),
      ),
    }),
  ),
  output_config: v.nullish(objectOf({
    effort: v.nullish(v.picklist(["low", "medium", "high", "xhigh", "max"])),
    format: v.nullish(jsonFormat),
  })),
};

/** Body of `POST /v1/messages/count_tokens`. */
export const CountTokensRequest = v.pipe(
  v.object(conversation),
  v.metadata({ required: ["model", "messages"] }),
);

/** Body of `POST /v1/messages`. */
export const MessagesRequest = v.pipe(
  v.object({
    metadata: v.nullish(objectOf({ user_id: v.nullish(text) })),
    ...conversation,
    max_tokens: v.optional(v.pipe(whole, v.metadata({ minimum: 1 })), 0),
    stream: v.nullish(v.boolean()),
    stop_sequences: v.nullish(v.array(text)),
    temperature: v.nullish(fraction),
    top_p: v.nullish(fraction),
    top_k: v.nullish(whole),
  }),
  v.metadata({ required: ["model", "messages", "max_tokens"] }),
);

/** A checked body of `POST /v1/messages/count_tokens`. */
export type CountTokensRequest = v.InferOutput<typeof CountTokensRequest>;
/** A checked body of `POST /v1/messages`. */
export type MessagesRequest = v.InferOutput<typeof MessagesRequest>;
/** A message as clients write it. */
export type WireMessage = v.InferOutput<typeof message>;
/** A part of a message. */
export type WireBlock = v.InferOutput<typeof block>;
