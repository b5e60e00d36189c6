/**
 * What a model will take in memory, by its header, before it is loaded: the
 * weights are as large as the file says, the rest is computed here.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { hasOutputHead, readsWholeInputs } from "../models/capabilities.ts";
import type { GgufMetadata, GgufValue } from "../models/gguf.ts";

/** What of an engine's spec decides about memory. */
export interface EngineShape {
  readonly contextLength: number;
  readonly parallel: number;
  /** Tokens evaluated in one step at most. */
  readonly batchSize: number;
  readonly embedding: boolean;
  readonly kvCacheType: Config["kvCacheType"];
  readonly flashAttention: Config["flashAttention"];
}

/** Bytes of one cached number, by cache type (ggml block sizes). */
const CACHE_BYTES = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const;

/** Bytes of a 32-bit float, and of a 16-bit one. */
const [FLOAT, HALF] = [4, 2];

/**
 * Vectors of the model's width and of its inner layers that a token has in
 * compute buffers: libllama reserves a tenth less for Llama and Gemma.
 */
const [WIDTHS_IN_FLIGHT, INNER_IN_FLIGHT] = [8, 2];

/** Bytes of logits that an embedding model may reserve for nothing. */
const LOGITS_BYTES = 4 * 2 ** 30;

/** Embedding models get the model's own window, but not beyond this. */
const LONGEST_EMBEDDING = 8192;

function largest(value: GgufValue | undefined): number {
  const numbers = [value].flat()
    .map((each) => typeof each === "number" ? each : 0);
  return Math.max(0, ...numbers);
}

function vocabularySize({ tensors }: GgufMetadata): number {
  const table = tensors.find(({ name }) => name === "token_embd.weight");
  return table?.shape[1] ?? 0;
}

/** Times that logits are kept: where they are computed, and to be read. */
function logitsCopies(metadata: GgufMetadata): number {
  return hasOutputHead(metadata) ? 2 : 1;
}

/**
 * Tokens an embedding model takes when nobody says how many. libllama keeps
 * logits for each token of a step, also where nobody wants them, which takes
 * gigabytes where inputs have to be evaluated in one step.
 */
export function embeddingLength(
  metadata: GgufMetadata,
  fallback: number,
): number {
  if (!readsWholeInputs(metadata)) {
    return fallback;
  }
  const bytes = FLOAT * vocabularySize(metadata) * logitsCopies(metadata);
  return Math.min(LONGEST_EMBEDDING, Math.floor(LOGITS_BYTES / bytes));
}

/** Bytes of the cache of all sequences; pure encoders keep none. */
export function cacheBytes(
  metadata: GgufMetadata,
  { contextLength, parallel, embedding, kvCacheType }: EngineShape,
): number {
  if (!hasOutputHead(metadata)) {
    return 0;
  }
  const cells = embedding ? contextLength : contextLength * parallel;
  const perCell = metadata.cacheValuesPerToken * CACHE_BYTES[kvCacheType];
  return Math.round(cells * perCell);
}

/** Bytes of activations, attention masks and outputs. */
export function computeBytes(
  metadata: GgufMetadata,
  shape: EngineShape,
): number {
  const { architecture, values, embeddingLength } = metadata;
  const value = (key: string) => largest(values[`${architecture}.${key}`]);
  const { contextLength, parallel, batchSize, embedding } = shape;
  const experts = value("expert_feed_forward_length") *
    value("expert_used_count");
  const inner = Math.max(value("feed_forward_length"), experts);
  const activations = FLOAT *
    (embeddingLength * WIDTHS_IN_FLIGHT + inner * INNER_IN_FLIGHT);
  const masks = value("attention.sliding_window") > 0 ? 2 : 1;
  const attention = contextLength * HALF * masks +
    (shape.flashAttention === "off"
      ? contextLength * FLOAT * value("attention.head_count")
      : 0);
  const outputs = embedding ? batchSize : parallel;
  const logits = FLOAT * vocabularySize(metadata) * logitsCopies(metadata);
  return batchSize * (activations + attention) + outputs * logits;
}
