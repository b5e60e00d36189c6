/**
 * Ollama's `options` and PARAMETER values: what they are called, their types,
 * their defaults, and what they mean here.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type {
  GenerationLimits,
  RunnerOptions,
  SamplingParams,
} from "../generation.ts";

/** Type words of Ollama's errors, and the types they stand for. */
interface OptionTypes {
  integer: number;
  float32: number;
  boolean: boolean;
  array: readonly string[];
}

const OPTION_TYPES = {
  num_keep: "integer",
  seed: "integer",
  num_predict: "integer",
  top_k: "integer",
  top_p: "float32",
  min_p: "float32",
  typical_p: "float32",
  repeat_last_n: "integer",
  temperature: "float32",
  repeat_penalty: "float32",
  presence_penalty: "float32",
  frequency_penalty: "float32",
  stop: "array",
  num_ctx: "integer",
  num_batch: "integer",
  num_gpu: "integer",
  main_gpu: "integer",
  use_mmap: "boolean",
  num_thread: "integer",
  draft_num_predict: "integer",
} as const satisfies Readonly<Record<string, keyof OptionTypes>>;

type OptionName = keyof typeof OPTION_TYPES;

/** Options with their types checked; those not given are absent. */
export type OllamaOptions = {
  readonly [K in OptionName]?: OptionTypes[(typeof OPTION_TYPES)[K]];
};

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTION_TYPES, name);
}

function wrongType(name: string, type: string): ServerError {
  return new ServerError(
    "bad_request",
    `option ${JSON.stringify(name)} must be of ${type}`,
  );
}

function readOption(name: OptionName, value: unknown): unknown {
  const type = OPTION_TYPES[name];
  const wrong = wrongType(name, `type ${type}`);
  switch (type) {
    case "integer":
      if (typeof value !== "number") {
        throw wrong;
      }
      return Math.trunc(value);
    case "float32":
      if (typeof value !== "number") {
        throw wrong;
      }
      return value;
    case "boolean":
      if (typeof value !== "boolean") {
        throw wrong;
      }
      return value;
    case "array":
      if (!Array.isArray(value)) {
        throw wrong;
      }
      if (!value.every((each) => typeof each === "string")) {
        throw wrongType(name, "an array of strings");
      }
      return value;
    default:
      return type satisfies never;
  }
}

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
    if (!isOption(name)) {
      ignored(name);
    } else if (value !== null) {
      options[name] = readOption(name, value);
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
