/**
 * Answers of `POST /v1/embeddings`
 * (https://platform.openai.com/docs/api-reference/embeddings).
 *
 * @module
 */

import type { TokenCounts } from "../generation.ts";
import type { EmbeddingsRequest } from "./openai_types.ts";
import { floatsToBase64, toEmbedding } from "./vector.ts";

/** The answer: a vector for each input, in order. */
export function toEmbeddingList(
  { model, dimensions, encoding_format }: EmbeddingsRequest,
  vectors: readonly Float32Array[],
  counts: TokenCounts,
) {
  const tokens = counts.cached + counts.computed;
  return {
    object: "list",
    model,
    data: vectors.map((vector, index) => {
      const numbers = toEmbedding(vector, dimensions ?? 0);
      return {
        object: "embedding",
        index,
        embedding: encoding_format === "base64"
          ? floatsToBase64(numbers)
          : numbers,
      };
    }),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
