/**
 * Bodies and answers of the routes that rerank: as Jina, Cohere and
 * llama-server have them, as Hugging Face's text-embeddings-inference has
 * (`texts`), and in Ollama's manner.
 *
 * @module
 */

import * as v from "valibot";
import type { TokenCounts } from "../generation.ts";
import { anyObject } from "./json_object.ts";
import { keepAlive } from "./keep_alive.ts";

/** A text, or an object with one. */
const textual = v.pipe(
  v.union([v.string(), v.object({ text: v.string() })]),
  v.transform((written) =>
    typeof written === "string" ? written : written.text
  ),
);

const texts = v.pipe(
  v.array(textual),
  v.minLength(1, "must have a text at least"),
);

const wishes = {
  query: textual,
  /** Results wanted at most. */
  top_n: v.nullish(
    v.pipe(
      v.number(),
      v.integer("must be a whole number"),
      v.minValue(1, "must be at least 1"),
    ),
  ),
  return_documents: v.nullish(v.boolean()),
  /** Cut what is too long at the end, or fail. */
  truncate: v.nullish(v.boolean()),
};

/** Body of `POST /v1/rerank` and of its other names. */
export const RerankRequest = v.object({
  ...wishes,
  model: v.nullish(v.string()),
  documents: texts,
  user: v.nullish(v.string()),
});

/** The same with the names of text-embeddings-inference. */
export const TextsRequest = v.object({
  ...wishes,
  model: v.nullish(v.string()),
  texts,
  return_text: v.nullish(v.boolean()),
});

/** Body of `POST /api/rerank`. */
export const OllamaRerankRequest = v.object({
  ...wishes,
  model: v.string(),
  documents: texts,
  options: v.nullish(anyObject),
  keep_alive: v.optional(keepAlive),
});

/** A document's place in the request and its score. */
export interface Ranked {
  readonly index: number;
  readonly score: number;
}

/** The best first; equal ones in the order of the request. */
export function rank(
  scores: readonly number[],
  most: number | null | undefined,
): Ranked[] {
  return scores.map((score, index) => ({ index, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, most ?? scores.length);
}

/** What an answer is made of. */
export interface RerankAnswer {
  readonly id: string;
  readonly model: string;
  readonly ranked: readonly Ranked[];
  /** To be answered with the results; absent when they are not wanted. */
  readonly documents?: readonly string[];
  readonly counts: TokenCounts;
}

/** An answer that clients of Jina, Cohere, vLLM and llama-server read. */
export function toRerankList(
  { id, model, ranked, documents, counts }: RerankAnswer,
) {
  const tokens = counts.cached + counts.computed;
  return {
    id,
    object: "list",
    model,
    results: ranked.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(documents === undefined
        ? {}
        : { document: { text: documents[index] } }),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    meta: { tokens: { input_tokens: tokens, output_tokens: 0 } },
  };
}

/** An answer in the manner of Ollama, without its times. */
export function toOllamaResults(
  { ranked, documents }: Pick<RerankAnswer, "ranked" | "documents">,
) {
  return ranked.map(({ index, score }) => ({
    index,
    ...(documents === undefined ? {} : { document: documents[index] }),
    relevance_score: score,
  }));
}

/** An answer of text-embeddings-inference. */
export function toTextResults(
  { ranked, documents }: Pick<RerankAnswer, "ranked" | "documents">,
) {
  return ranked.map(({ index, score }) => ({
    index,
    score,
    ...(documents === undefined ? {} : { text: documents[index] }),
  }));
}
