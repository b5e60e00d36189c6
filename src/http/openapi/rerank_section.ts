/**
 * Routes that rerank and what they answer.
 *
 * @module
 */

import * as v from "valibot";
import {
  OllamaRerankRequest,
  RerankRequest,
  TextsRequest,
} from "../../protocol/rerank.ts";
import { count, maybe, text } from "./answer_fields.ts";
import { json, type Operation, RUNS_MODEL, type Section } from "./operation.ts";

/** What Jina, Cohere and llama-server take, or text-embeddings-inference. */
export const AnyRerankRequest = v.union([RerankRequest, TextsRequest]);

const score = v.number();

/** Documents by how well they answer, as Jina, Cohere and llama-server tell. */
export const RerankList = v.object({
  id: text,
  object: v.literal("list"),
  model: text,
  results: v.array(v.object({
    index: count,
    relevance_score: score,
    document: maybe(v.object({ text })),
  })),
  usage: v.object({ prompt_tokens: count, total_tokens: count }),
  meta: v.object({
    tokens: v.object({ input_tokens: count, output_tokens: count }),
  }),
});

/** The same as text-embeddings-inference tells. */
export const RankedTexts = v.array(v.object({
  index: count,
  score,
  text: maybe(text),
}));

/** The same in Ollama's manner. */
export const OllamaRerankResponse = v.object({
  model: text,
  results: v.array(v.object({
    index: count,
    document: maybe(text),
    relevance_score: score,
  })),
  total_duration: maybe(count),
  load_duration: maybe(count),
  prompt_eval_count: maybe(count),
});

const example = {
  model: "bge-reranker-v2-m3",
  query: "Why is the sky blue?",
  documents: ["Air scatters blue light most.", "The sea is deep."],
};

const rerank: Operation = {
  summary: "Tell how well documents answer a question",
  body: AnyRerankRequest,
  example,
  answers: { 200: json(v.union([RerankList, RankedTexts])) },
  errors: RUNS_MODEL,
};

/** Routes that rerank. */
export const RERANK_SECTION: Section = {
  name: "Rerank",
  description: "For models that rank; one route under the names that clients " +
    "of Jina, Cohere, llama-server and text-embeddings-inference ask for",
  operations: {
    "POST /api/rerank": {
      summary: "Tell how well documents answer a question, in Ollama's manner",
      body: OllamaRerankRequest,
      example,
      answers: { 200: json(OllamaRerankResponse) },
      errors: RUNS_MODEL,
    },
    "POST /v1/rerank": rerank,
    "POST /v1/reranking": rerank,
    "POST /v2/rerank": rerank,
    "POST /rerank": rerank,
    "POST /reranking": rerank,
  },
};
