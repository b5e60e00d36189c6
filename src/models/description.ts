/**
 * What lists tell of a model: its family, its size, how it is quantized.
 *
 * @module
 */

import type { GgufMetadata } from "./gguf.ts";
import { humanCount } from "./human_count.ts";
import type { ModelConfig } from "./manifest.ts";

/** Facts of a config blob that lists show. */
export type Description = Pick<
  ModelConfig,
  | "model_format"
  | "model_family"
  | "model_families"
  | "model_type"
  | "file_type"
  | "context_length"
  | "embedding_length"
>;

/** What the config says, which may have been told so, or else the file. */
export function descriptionOf(
  metadata: GgufMetadata,
  config: Partial<ModelConfig>,
): Description {
  const family = config.model_family || metadata.architecture;
  return {
    model_format: config.model_format || "gguf",
    model_family: family,
    model_families: config.model_families ?? [family],
    model_type: config.model_type || humanCount(metadata.parameterCount),
    file_type: config.file_type || metadata.quantization,
    context_length: config.context_length || metadata.contextLength,
    embedding_length: config.embedding_length || metadata.embeddingLength,
  };
}
