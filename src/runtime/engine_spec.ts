/**
 * From a model and a request's runner options to what an engine loads, and
 * how much memory that will take.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { RunnerOptions } from "../generation.ts";
import type { EngineSpec } from "../messages.ts";
import type { ResolvedModel } from "../models/model.ts";
import type { Wanted } from "./runner.ts";

/** Settings of the server that shape an engine. */
export type SpecConfig = Pick<
  Config,
  "parallel" | "contextLength" | "flashAttention" | "kvCacheType" | "gpu"
>;

/** Bytes of one cached number, by cache type (ggml block sizes). */
const CACHE_BYTES = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const;

/** Code, compute buffers and the runtime itself, roughly, in bytes. */
const OVERHEAD_BYTES = 150 * 2 ** 20;

/** Embedding models get the model's own window, but not beyond this. */
const LONGEST_EMBEDDING = 8192;

/** Fewer tokens have no room for a prompt and an answer. */
const LEAST_GENERATION = 4;

/** Whether a model embeds instead of generating. */
export function isEmbedding(model: ResolvedModel): boolean {
  return model.capabilities.includes("embedding");
}

function contextLength(
  model: ResolvedModel,
  runner: RunnerOptions,
  config: SpecConfig,
): number {
  const trained = model.metadata.contextLength || Infinity;
  const fallback = isEmbedding(model)
    ? LONGEST_EMBEDDING
    : config.contextLength;
  const least = isEmbedding(model) ? 1 : LEAST_GENERATION;
  return Math.max(least, Math.min(runner.contextLength ?? fallback, trained));
}

/** Bytes of the cache of all sequences; embedding models keep none. */
function cacheBytes(
  model: ResolvedModel,
  cells: number,
  config: SpecConfig,
): number {
  const perCell = model.metadata.cacheValuesPerToken *
    CACHE_BYTES[config.kvCacheType];
  return isEmbedding(model) ? 0 : Math.round(cells * perCell);
}

/** What an engine has to load to answer such requests. */
export function engineSpec(
  model: ResolvedModel,
  runner: RunnerOptions,
  config: SpecConfig,
  cores: number,
): EngineSpec {
  const threads = runner.threads > 0 ? Math.min(runner.threads, cores) : cores;
  const length = contextLength(model, runner, config);
  return {
    modelPath: model.weightsPath,
    adapterPaths: model.adapterPaths,
    contextLength: length,
    parallel: config.parallel,
    batchSize: runner.batchSize,
    threads,
    gpuLayers: runner.gpuLayers,
    layers: model.metadata.blockCount,
    cacheBytes: cacheBytes(model, length * config.parallel, config),
    mainGpu: runner.mainGpu,
    ...(runner.useMmap === undefined ? {} : { useMmap: runner.useMmap }),
    flashAttention: config.flashAttention,
    kvCacheType: config.kvCacheType,
    flavour: config.gpu,
    embedding: isEmbedding(model),
  };
}

/** Weights, cache and the rest, before anything is loaded, in bytes. */
export function estimateBytes(model: ResolvedModel, spec: EngineSpec): number {
  return model.metadata.tensorBytes + spec.cacheBytes + OVERHEAD_BYTES;
}

/** Everything the pool needs to know to load the model for a request. */
export function wantedFor(
  model: ResolvedModel,
  runner: RunnerOptions,
  config: SpecConfig,
  cores: number,
): Wanted {
  const spec = engineSpec(model, runner, config, cores);
  return {
    key: runnerKey(model),
    model,
    spec,
    bytes: estimateBytes(model, spec),
  };
}

/** Names with equal weights and adapters share one engine. */
export function runnerKey(model: ResolvedModel): string {
  return [model.weightsDigest, ...model.adapterPaths].join("\n");
}
