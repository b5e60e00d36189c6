/**
 * Models that are in no store.
 *
 * @module
 */

import type { ResolvedModel } from "../../src/models/model.ts";
import { parseModelName, shortName } from "../../src/models/name.ts";

/** A small completion model called `text`, with changes. */
export function fakeModel(
  text: string,
  changes: Partial<ResolvedModel> = {},
): ResolvedModel {
  const name = parseModelName(text);
  return {
    name,
    shortName: shortName(name),
    digest: "ab".repeat(32),
    size: 1234,
    modifiedAt: new Date("2026-01-02T03:04:05.678Z"),
    weightsPath: `/models/blobs/${text}`,
    weightsDigest: `sha256:${text}`,
    adapterPaths: [],
    projectorPaths: [],
    metadata: {
      architecture: "llama",
      parameterCount: 1_500_000_000,
      quantization: "Q4_1",
      contextLength: 2048,
      embeddingLength: 576,
      blockCount: 30,
      tensorBytes: 900,
      cacheValuesPerToken: 64,
      chatTemplate: "{{ messages }}",
      values: {
        "general.name": "Fake",
        "general.architecture": "llama",
        "general.tags": ["a", "b"],
        "tokenizer.ggml.tokens": ["a", "b", "c", "d", "e", "f"],
        "tokenizer.chat_template": "{{ messages }}",
      },
      tensors: [{ name: "output.weight", type: "F32", shape: [2, 3] }],
    },
    described: {
      model_format: "gguf",
      model_family: "llama",
      model_families: ["llama"],
      model_type: "1.5B",
      file_type: "Q4_1",
      context_length: 2048,
      embedding_length: 576,
    },
    capabilities: ["completion"],
    parameters: {},
    messages: [],
    license: [],
    ...changes,
  };
}
