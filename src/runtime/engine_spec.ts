/**
 * From a model and a request's runner options to what an engine loads, and
 * how much memory that will take.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { RunnerOptions } from "../generation.ts";
import { ENGINE_BYTES, type EngineSpec } from "../messages.ts";
import { readsWholeInputs } from "../models/capabilities.ts";
import type { ResolvedModel } from "../models/model.ts";
import {
  cacheBytes,
  computeBytes,
  embeddingLength,
  type EngineShape,
} from "./memory_estimate.ts";
import type { Wanted } from "./runner.ts";

/** Settings of the server that shape an engine. */
export type SpecConfig = Pick<
  Config,
  "parallel" | "contextLength" | "flashAttention" | "kvCacheType" | "gpu"
>;

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
    ? embeddingLength(model.metadata, config.contextLength)
    : config.contextLength;
  const least = isEmbedding(model) ? 1 : LEAST_GENERATION;
  return Math.max(least, Math.min(runner.contextLength ?? fallback, trained));
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
  const embedding = isEmbedding(model);
  const shape: EngineShape = {
    contextLength: length,
    parallel: config.parallel,
    batchSize: embedding && readsWholeInputs(model.metadata)
      ? length
      : Math.min(runner.batchSize, length),
    flashAttention: config.flashAttention,
    kvCacheType: config.kvCacheType,
    embedding,
  };
  return {
    ...shape,
    modelPath: model.weightsPath,
    adapterPaths: model.adapterPaths,
    threads,
    gpuLayers: runner.gpuLayers,
    layers: model.metadata.blockCount,
    cacheBytes: cacheBytes(model.metadata, shape),
    computeBytes: computeBytes(model.metadata, shape),
    mainGpu: runner.mainGpu,
    ...(runner.useMmap === undefined ? {} : { useMmap: runner.useMmap }),
    flavour: config.gpu,
  };
}

/** Everything an engine takes, before anything is loaded, in bytes. */
export function estimateBytes(model: ResolvedModel, spec: EngineSpec): number {
  return model.metadata.tensorBytes + spec.cacheBytes + spec.computeBytes +
    ENGINE_BYTES;
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
