/**
 * Anthropic's routes and what they answer.
 *
 * @module
 */

import * as v from "valibot";
import {
  CountTokensRequest,
  MessagesRequest,
} from "../../protocol/anthropic_types.ts";
import { anyObject, count, text, time } from "./answer_fields.ts";
import { CONVERSATION, MODEL } from "./examples.ts";
import { InputTokens } from "./openai_answers.ts";
import { json, jsonOrEvents, RUNS_MODEL, type Section } from "./operation.ts";

/** Tokens; those of the prompt without the cached ones, which are told apart. */
const usage = {
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
  output_tokens_details: v.object({ thinking_tokens: count }),
  server_tool_use: v.null(),
};

const messageUsage = v.object({
  ...usage,
  cache_creation: v.object({
    ephemeral_5m_input_tokens: count,
    ephemeral_1h_input_tokens: count,
  }),
  inference_geo: v.null(),
  service_tier: v.null(),
  speed: v.null(),
});

const block = v.variant("type", [
  v.object({ type: v.literal("text"), text }),
  v.object({ type: v.literal("thinking"), thinking: text, signature: text }),
  v.object({
    type: v.literal("tool_use"),
    id: text,
    name: text,
    input: anyObject,
  }),
]);

const ending = {
  stop_reason: v.nullable(v.picklist([
    "end_turn",
    "max_tokens",
    "model_context_window_exceeded",
    "stop_sequence",
    "tool_use",
  ])),
  stop_sequence: v.nullable(text),
  stop_details: v.null(),
  container: v.null(),
};

/** A whole answer. */
export const Message = v.object({
  id: text,
  type: v.literal("message"),
  role: v.literal("assistant"),
  model: text,
  content: v.array(block),
  ...ending,
  usage: messageUsage,
});

const delta = v.variant("type", [
  v.object({ type: v.literal("text_delta"), text }),
  v.object({ type: v.literal("thinking_delta"), thinking: text }),
  v.object({ type: v.literal("signature_delta"), signature: text }),
  v.object({ type: v.literal("input_json_delta"), partial_json: text }),
]);

/** An event of a stream. */
export const MessageStreamEvent = v.variant("type", [
  v.object({ type: v.literal("message_start"), message: Message }),
  v.object({ type: v.literal("ping") }),
  v.object({
    type: v.literal("content_block_start"),
    index: count,
    content_block: block,
  }),
  v.object({ type: v.literal("content_block_delta"), index: count, delta }),
  v.object({ type: v.literal("content_block_stop"), index: count }),
  v.object({
    type: v.literal("message_delta"),
    delta: v.object(ending),
    usage: v.object(usage),
  }),
  v.object({ type: v.literal("message_stop") }),
]);

/** A model, for those who send `anthropic-version`. */
export const AnthropicModel = v.object({
  type: v.literal("model"),
  id: text,
  display_name: text,
  created_at: time,
  max_input_tokens: v.nullable(count),
  max_tokens: v.nullable(count),
  capabilities: v.null(),
  line: v.null(),
  lifecycle: text,
  deprecated_at: v.null(),
  retires_at: v.null(),
});

/** A page of models, for those who send `anthropic-version`. */
export const AnthropicModelList = v.object({
  data: v.array(AnthropicModel),
  has_more: v.boolean(),
  first_id: v.nullable(text),
  last_id: v.nullable(text),
});

/** Anthropic's routes. */
export const ANTHROPIC_SECTION: Section = {
  name: "Anthropic",
  description: "Anthropic's API: https://docs.claude.com/en/api",
  operations: {
    "POST /v1/messages": {
      summary: "Answer a conversation",
      body: MessagesRequest,
      example: { model: MODEL, max_tokens: 256, messages: CONVERSATION },
      answers: { 200: jsonOrEvents(Message, MessageStreamEvent) },
      errors: RUNS_MODEL,
    },
    "POST /v1/messages/count_tokens": {
      summary: "Count the tokens of a conversation",
      body: CountTokensRequest,
      example: { model: MODEL, messages: CONVERSATION },
      answers: { 200: json(InputTokens) },
      errors: RUNS_MODEL,
    },
  },
};
