/**
 * Ollama's routes.
 *
 * @module
 */

import * as v from "valibot";
import {
  ChatRequest,
  CopyRequest,
  CreateRequest,
  DeleteRequest,
  EmbeddingRequest,
  EmbedRequest,
  GenerateRequest,
  PullRequest,
  PushRequest,
  ShowRequest,
} from "../../protocol/ollama_types.ts";
import {
  DetokenizeRequest,
  TokenizeRequest,
} from "../../protocol/token_types.ts";
import { count, text } from "./answer_fields.ts";
import {
  ChatResponse,
  EmbeddingResponse,
  EmbedResponse,
  GenerateResponse,
  Progress,
  PsResponse,
  ShowResponse,
  TagsResponse,
} from "./ollama_answers.ts";
import { CONVERSATION, EMBEDDING_MODEL, MODEL } from "./examples.ts";
import {
  FINDS_MODEL,
  json,
  jsonOrLines,
  RUNS_MODEL,
  type Section,
} from "./operation.ts";

const digest = v.pipe(
  v.string(),
  v.regex(/^[sS][hH][aA]256[:-][0-9a-fA-F]{64}$/),
);

/** Work with models. */
export const OLLAMA_SECTION: Section = {
  name: "Ollama",
  description: "Ollama's API: https://docs.ollama.com/api",
  operations: {
    "POST /api/generate": {
      summary: "Complete a prompt; without one, load or unload the model",
      body: GenerateRequest,
      example: { model: MODEL, prompt: "Why is the sky blue?" },
      answers: { 200: jsonOrLines(GenerateResponse) },
      errors: RUNS_MODEL,
    },
    "POST /api/chat": {
      summary: "Answer a conversation; without one, load or unload the model",
      body: ChatRequest,
      example: { model: MODEL, messages: CONVERSATION },
      answers: { 200: jsonOrLines(ChatResponse) },
      errors: RUNS_MODEL,
    },
    "POST /api/embed": {
      summary: "Embed texts",
      body: EmbedRequest,
      example: { model: EMBEDDING_MODEL, input: ["Hello", "world"] },
      answers: { 200: json(EmbedResponse) },
      errors: RUNS_MODEL,
    },
    "POST /api/embeddings": {
      summary: "Embed one text, the older route",
      body: EmbeddingRequest,
      answers: { 200: json(EmbeddingResponse) },
      errors: RUNS_MODEL,
    },
    "POST /api/tokenize": {
      summary: "Tokens of a text",
      body: TokenizeRequest,
      example: { model: MODEL, text: "Hello" },
      answers: {
        200: json(v.object({
          model: text,
          tokens: v.array(count),
          total_duration: count,
        })),
      },
      errors: RUNS_MODEL,
    },
    "POST /api/detokenize": {
      summary: "Text of tokens",
      body: DetokenizeRequest,
      answers: {
        200: json(v.object({ model: text, text, total_duration: count })),
      },
      errors: RUNS_MODEL,
    },
  },
};

/** Models as things in the store, in memory and in registries. */
export const MODELS_SECTION: Section = {
  name: "Models",
  description: "Models in the folder, in memory and in registries, as Ollama " +
    "names and shows them",
  operations: {
    "GET /api/tags": {
      summary: "Models in the folder",
      answers: { 200: json(TagsResponse) },
    },
    "POST /api/show": {
      summary: "One model in detail",
      body: ShowRequest,
      example: { model: MODEL },
      answers: { 200: json(ShowResponse) },
      errors: FINDS_MODEL,
    },
    "GET /api/ps": {
      summary: "Models in memory, with requests running and waiting",
      answers: { 200: json(PsResponse) },
    },
    "POST /api/create": {
      summary: "Make a model from another one or from uploaded files",
      body: CreateRequest,
      answers: { 200: jsonOrLines(Progress) },
      errors: [...FINDS_MODEL, "cancelled", "registry_failed"],
    },
    "POST /api/copy": {
      summary: "Give a model a second name",
      body: CopyRequest,
      answers: { 200: {} },
      errors: FINDS_MODEL,
    },
    "DELETE /api/delete": {
      summary: "Delete a model",
      body: DeleteRequest,
      answers: { 200: {} },
      errors: FINDS_MODEL,
    },
    "POST /api/pull": {
      summary: "Fetch a model from a registry",
      body: PullRequest,
      example: { model: MODEL },
      answers: { 200: jsonOrLines(Progress) },
      errors: ["not_found", "cancelled", "registry_failed"],
    },
    "POST /api/push": {
      summary: "Send a model to a registry",
      body: PushRequest,
      answers: { 200: jsonOrLines(Progress) },
      errors: ["not_found", "cancelled", "registry_failed"],
    },
    "HEAD /api/blobs/{digest}": {
      summary: "Whether a file has been uploaded",
      path: { digest },
      answers: { 200: {} },
      errors: ["bad_request", "not_found"],
    },
    "POST /api/blobs/{digest}": {
      summary: "Upload a file",
      path: { digest },
      bodyType: "application/octet-stream",
      answers: { 200: {}, 201: {} },
      errors: ["bad_request", "cancelled"],
    },
  },
};
