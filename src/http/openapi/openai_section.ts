/**
 * OpenAI's routes.
 *
 * @module
 */

import * as v from "valibot";
import {
  ChatCompletionRequest,
  CompletionRequest,
  EmbeddingsRequest,
} from "../../protocol/openai_types.ts";
import {
  ChatCompletion,
  ChatCompletionChunk,
  Completion,
  EmbeddingList,
  InputTokens,
  Model,
  ModelList,
} from "./openai_answers.ts";
import { AnthropicModel, AnthropicModelList } from "./anthropic_section.ts";
import { CONVERSATION, EMBEDDING_MODEL, MODEL } from "./examples.ts";
import {
  FINDS_MODEL,
  json,
  jsonOrEvents,
  RUNS_MODEL,
  type Section,
} from "./operation.ts";

/** OpenAI's routes. */
export const OPENAI_SECTION: Section = {
  name: "OpenAI",
  description: "OpenAI's API: https://platform.openai.com/docs/api-reference",
  operations: {
    "POST /v1/chat/completions": {
      summary: "Answer a conversation",
      body: ChatCompletionRequest,
      example: { model: MODEL, messages: CONVERSATION },
      answers: { 200: jsonOrEvents(ChatCompletion, ChatCompletionChunk) },
      errors: RUNS_MODEL,
    },
    "POST /v1/chat/completions/input_tokens": {
      summary: "Count the tokens of a conversation",
      body: ChatCompletionRequest,
      answers: { 200: json(InputTokens) },
      errors: RUNS_MODEL,
    },
    "POST /v1/completions": {
      summary: "Complete prompts",
      body: CompletionRequest,
      example: { model: MODEL, prompt: "The sky is", max_tokens: 16 },
      answers: { 200: jsonOrEvents(Completion, Completion) },
      errors: RUNS_MODEL,
    },
    "POST /v1/embeddings": {
      summary: "Embed texts or tokens",
      body: EmbeddingsRequest,
      example: { model: EMBEDDING_MODEL, input: "Hello" },
      answers: { 200: json(EmbeddingList) },
      errors: RUNS_MODEL,
    },
    "GET /v1/models": {
      summary:
        "Models in the folder; in Anthropic's shape to those who send anthropic-version",
      answers: { 200: json(v.union([ModelList, AnthropicModelList])) },
    },
    "GET /v1/models/{model}": {
      summary: "One of the models",
      path: { model: v.string() },
      answers: { 200: json(v.union([Model, AnthropicModel])) },
      errors: ["bad_request", ...FINDS_MODEL],
    },
  },
};
