/**
 * llama-server's routes.
 *
 * @module
 */

import * as v from "valibot";
import {
  LlamaCompletionRequest,
  LlamaEmbeddingRequest,
  LlamaInfillRequest,
} from "../../protocol/llama_types.ts";
import { UnnamedChatRequest } from "../../protocol/openai_types.ts";
import {
  LlamaDetokenizeRequest,
  LlamaTokenizeRequest,
} from "../../protocol/token_types.ts";
import { maybe, text } from "./answer_fields.ts";
import {
  LlamaCompletion,
  LlamaCompletions,
  LlamaEmbeddings,
  LlamaProps,
  LlamaSlot,
  LlamaTokens,
} from "./llama_server_answers.ts";
import {
  ChatCompletion,
  ChatCompletionChunk,
  InputTokens,
  ModelList,
} from "./openai_answers.ts";
import {
  FINDS_MODEL,
  json,
  jsonOrEvents,
  type Operation,
  RUNS_MODEL,
  type Section,
} from "./operation.ts";

const health: Operation = {
  summary: "Whether the server answers; models load on demand",
  answers: { 200: json(v.object({ status: v.literal("ok") })) },
};

const completion: Operation = {
  summary: "Go on with texts",
  body: LlamaCompletionRequest,
  example: { prompt: "The sky is", n_predict: 16 },
  answers: { 200: jsonOrEvents(LlamaCompletions, LlamaCompletion) },
  errors: RUNS_MODEL,
};

const embedding: Operation = {
  summary: "Embed texts or tokens",
  body: LlamaEmbeddingRequest,
  answers: { 200: json(LlamaEmbeddings) },
  errors: RUNS_MODEL,
};

/** llama-server's routes. */
export const LLAMA_SERVER_SECTION: Section = {
  name: "llama-server",
  description: "What clients of llama-server ask beside OpenAI's routes. " +
    "Without a model the one is meant that is loaded, or the only one",
  operations: {
    "GET /health": health,
    "GET /v1/health": health,
    "GET /props": {
      summary: "Context, template and file of a model",
      query: { model: maybe(text) },
      answers: { 200: json(LlamaProps) },
      errors: FINDS_MODEL,
    },
    "GET /slots": {
      summary: "One entry for each place of each loaded model",
      query: { fail_on_no_slot: maybe(text) },
      answers: { 200: json(v.array(LlamaSlot)) },
      errors: ["queue_full"],
    },
    "GET /models": {
      summary: "Models in the folder",
      answers: { 200: json(ModelList) },
    },
    "POST /completion": completion,
    "POST /completions": completion,
    "POST /infill": {
      summary: "Fill a gap",
      body: LlamaInfillRequest,
      answers: { 200: jsonOrEvents(LlamaCompletion, LlamaCompletion) },
      errors: RUNS_MODEL,
    },
    "POST /chat/completions": {
      summary: "Answer a conversation",
      body: UnnamedChatRequest,
      answers: { 200: jsonOrEvents(ChatCompletion, ChatCompletionChunk) },
      errors: RUNS_MODEL,
    },
    "POST /chat/completions/input_tokens": {
      summary: "Count the tokens of a conversation",
      body: UnnamedChatRequest,
      answers: { 200: json(InputTokens) },
      errors: RUNS_MODEL,
    },
    "POST /embedding": embedding,
    "POST /embeddings": embedding,
    "POST /tokenize": {
      summary: "Tokens of a text",
      body: LlamaTokenizeRequest,
      answers: { 200: json(LlamaTokens) },
      errors: RUNS_MODEL,
    },
    "POST /detokenize": {
      summary: "Text of tokens",
      body: LlamaDetokenizeRequest,
      answers: { 200: json(v.object({ content: text })) },
      errors: RUNS_MODEL,
    },
    "POST /apply-template": {
      summary: "The prompt that a conversation becomes",
      body: UnnamedChatRequest,
      answers: { 200: json(v.object({ prompt: text })) },
      errors: RUNS_MODEL,
    },
  },
};
