/**
 * What Ollama's `options` and PARAMETER values mean here, and their defaults.
 *
 * @module
 */

import type {
  GenerationLimits,
  RunnerOptions,
  SamplingParams,
} from "../generation.ts";
import {
  checkedOption,
  isOptionName,
  type OllamaOptions,
} from "../model_options.ts";

/**
 * Checks options as they come from a client or a manifest. Null is skipped,
 * unknown names go to `ignored`. Throws a `bad_request` on a wrong type.
 */
export function readOptions(
  raw: Readonly<Record<string, unknown>>,
  ignored: (name: string) => void = () => {},
): OllamaOptions {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (!isOptionName(name)) {
      ignored(name);
    } else if (value !== null) {
      options[name] = checkedOption(name, value);
    }
  }
  return options;
}

/** How a token is chosen. */
export function toSampling(options: OllamaOptions): SamplingParams {
  const seed = options.seed ?? -1;
  return {
    temperature: Math.max(options.temperature ?? 0.8, 0),
    topK: Math.max(options.top_k ?? 40, 0),
    topP: options.top_p ?? 0.9,
    minP: options.min_p ?? 0,
    typicalP: options.typical_p ?? 1,
    repeatLastN: Math.max(options.repeat_last_n ?? 64, -1),
    repeatPenalty: options.repeat_penalty ?? 1,
    presencePenalty: options.presence_penalty ?? 0,
    frequencyPenalty: options.frequency_penalty ?? 0,
    ...(seed < 0 ? {} : { seed }),
  };
}

/** What a request may say about an overflowing context. */
export interface OverflowPolicy {
  readonly truncate?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

/** When a generation ends. */
export function toLimits(
  options: OllamaOptions,
  { truncate = true, shift = true }: OverflowPolicy,
): GenerationLimits {
  const maxTokens = options.num_predict ?? -1;
  return {
    ...(maxTokens < 0 ? {} : { maxTokens }),
    stop: (options.stop ?? []).filter((each) => each !== ""),
    keepTokens: Math.max(options.num_keep ?? 4, 0),
    truncate,
    shift,
  };
}

/** What the model is loaded with. */
export function toRunner(options: OllamaOptions): RunnerOptions {
  const contextLength = options.num_ctx ?? 0;
  const batchSize = options.num_batch ?? 0;
  const useMmap = options.use_mmap;
  return {
    ...(contextLength <= 0 ? {} : { contextLength }),
    batchSize: batchSize <= 0 ? 512 : batchSize,
    gpuLayers: Math.max(options.num_gpu ?? -1, -1),
    mainGpu: Math.max(options.main_gpu ?? 0, 0),
    ...(useMmap === undefined ? {} : { useMmap }),
    threads: Math.max(options.num_thread ?? 0, 0),
  };
}
