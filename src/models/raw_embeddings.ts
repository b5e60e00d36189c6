/**
 * Whose vectors Ollama's older embedding route leaves as long as they are.
 *
 * @module
 */

import type { GgufMetadata } from "./gguf.ts";

/**
 * Whether `POST /api/embeddings` does not bring the model's vectors to length
 * 1: those of BERT models that say so, and of nomic-embed-text unless it says
 * otherwise (`legacyEmbeddingsWereRaw` of Ollama's runner).
 */
export function hasRawEmbeddings(
  { architecture, poolingType, values }: GgufMetadata,
): boolean {
  const normalizes = values[`${architecture}.normalize_embeddings`];
  const tokenizer = values["tokenizer.ggml.model"] ?? "bert";
  switch (poolingType === undefined ? "" : architecture) {
    case "bert":
      return tokenizer !== "bert" || normalizes === false;
    case "nomic-bert":
    case "nomic-bert-moe":
      return normalizes !== true;
    default:
      return false;
  }
}
