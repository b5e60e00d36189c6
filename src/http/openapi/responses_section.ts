/**
 * OpenAI's responses: their routes and what they answer.
 *
 * @module
 */

import * as v from "valibot";
import { ResponseRequest } from "../../protocol/openai_response_types.ts";
import { anyObject, count, maybe, text } from "./answer_fields.ts";
import { MODEL } from "./examples.ts";
import { json, jsonOrEvents, RUNS_MODEL, type Section } from "./operation.ts";

const status = v.picklist(["in_progress", "completed", "incomplete"]);

const item = v.variant("type", [
  v.object({
    type: v.literal("message"),
    id: text,
    status,
    role: v.literal("assistant"),
    content: v.array(v.object({
      type: v.literal("output_text"),
      text,
      annotations: v.array(anyObject),
      logprobs: v.array(anyObject),
    })),
  }),
  v.object({
    type: v.literal("reasoning"),
    id: text,
    status,
    summary: v.array(v.object({ type: v.literal("summary_text"), text })),
    content: v.array(v.object({ type: v.literal("reasoning_text"), text })),
    encrypted_content: v.nullable(text),
  }),
  v.object({
    type: v.literal("function_call"),
    id: text,
    status,
    call_id: text,
    name: text,
    arguments: text,
  }),
]);

const usage = v.object({
  input_tokens: count,
  input_tokens_details: v.object({
    cached_tokens: count,
    cache_write_tokens: count,
  }),
  output_tokens: count,
  output_tokens_details: v.object({ reasoning_tokens: count }),
  total_tokens: count,
});

/** What a response was asked for. */
const settings = {
  model: text,
  instructions: v.nullable(text),
  previous_response_id: v.nullable(text),
  tools: v.array(anyObject),
  tool_choice: v.union([text, anyObject]),
  parallel_tool_calls: v.boolean(),
  max_tool_calls: v.nullable(v.number()),
  max_output_tokens: v.nullable(count),
  temperature: v.number(),
  top_p: v.number(),
  presence_penalty: v.number(),
  frequency_penalty: v.number(),
  top_logprobs: count,
  text: v.object({ format: anyObject, verbosity: text }),
  reasoning: v.object({ effort: v.nullable(text), summary: v.nullable(text) }),
  truncation: text,
  metadata: v.record(v.string(), text),
  store: v.boolean(),
  user: v.nullable(text),
  safety_identifier: v.nullable(text),
  prompt_cache_key: v.nullable(text),
  service_tier: text,
  background: v.literal(false),
};

/** A response as far as it has come. */
export const Response = v.object({
  id: text,
  object: v.literal("response"),
  created_at: count,
  completed_at: v.nullable(count),
  status: v.picklist([...status.options, "failed"]),
  error: v.nullable(v.object({ code: text, message: text })),
  incomplete_details: v.nullable(v.object({ reason: text })),
  output: v.array(item),
  usage: v.nullable(usage),
  ...settings,
});

/** An event of a stream; its other fields depend on its type. */
export const ResponseStreamEvent = v.object({
  type: text,
  sequence_number: count,
  response: maybe(Response),
});

/** Items that a response was made of. */
const itemList = v.object({
  object: v.literal("list"),
  data: v.array(anyObject),
  first_id: v.nullable(text),
  last_id: v.nullable(text),
  has_more: v.boolean(),
});

const path = { id: text };

/** OpenAI's responses. */
export const RESPONSES_SECTION: Section = {
  name: "OpenAI responses",
  description: "OpenAI's newer API, with responses kept to go on from: " +
    "https://platform.openai.com/docs/api-reference/responses",
  operations: {
    "POST /v1/responses": {
      summary: "Answer a conversation",
      body: ResponseRequest,
      example: { model: MODEL, input: "Why is the sky blue?" },
      answers: { 200: jsonOrEvents(Response, ResponseStreamEvent) },
      errors: RUNS_MODEL,
    },
    "POST /v1/responses/input_tokens": {
      summary: "Count the tokens of a conversation",
      body: ResponseRequest,
      answers: {
        200: json(v.object({
          object: v.literal("response.input_tokens"),
          input_tokens: count,
        })),
      },
      errors: RUNS_MODEL,
    },
    "GET /v1/responses/{id}": {
      summary: "A response that was kept",
      path,
      query: {
        stream: maybe(
          v.pipe(v.string(), v.description("true is refused: it has ended")),
        ),
      },
      answers: { 200: json(Response) },
      errors: ["not_found"],
    },
    "DELETE /v1/responses/{id}": {
      summary: "Forget a response",
      path,
      answers: {
        200: json(v.object({
          id: text,
          object: v.literal("response"),
          deleted: v.literal(true),
        })),
      },
      errors: ["not_found"],
    },
    "POST /v1/responses/{id}/cancel": {
      summary: "Refused: who waits for a response ends it by leaving",
      path,
      answers: {},
      errors: ["bad_request", "not_found"],
    },
    "GET /v1/responses/{id}/input_items": {
      summary: "Items that a response was made of",
      path,
      query: {
        limit: maybe(v.pipe(v.string(), v.regex(/^([1-9][0-9]?|100)$/))),
        order: maybe(v.picklist(["asc", "desc"])),
        after: maybe(text),
      },
      answers: { 200: json(itemList) },
      errors: ["not_found"],
    },
  },
};
