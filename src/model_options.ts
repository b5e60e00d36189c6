/**
 * Ollama's options of a model, in requests and as PARAMETER of a Modelfile:
 * what they are called and of what type they are.
 *
 * @module
 */

import { ServerError } from "./errors.ts";

/** Type words of Ollama's errors, and the types they stand for. */
interface OptionTypes {
  integer: number;
  float32: number;
  boolean: boolean;
  array: readonly string[];
}

/** Type of each option. */
export const OPTION_TYPES = {
  draft_num_predict: "integer",
  frequency_penalty: "float32",
  main_gpu: "integer",
  min_p: "float32",
  num_batch: "integer",
  num_ctx: "integer",
  num_gpu: "integer",
  num_keep: "integer",
  num_predict: "integer",
  num_thread: "integer",
  presence_penalty: "float32",
  repeat_last_n: "integer",
  repeat_penalty: "float32",
  seed: "integer",
  stop: "array",
  temperature: "float32",
  top_k: "integer",
  top_p: "float32",
  typical_p: "float32",
  use_mmap: "boolean",
} as const satisfies Readonly<Record<string, keyof OptionTypes>>;

/** A known option. */
export type OptionName = keyof typeof OPTION_TYPES;

/** Options with their types checked; those not given are absent. */
export type OllamaOptions = {
  readonly [K in OptionName]?: OptionTypes[(typeof OPTION_TYPES)[K]];
};

/** Whether a name is a known option's. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTION_TYPES, name);
}

function wrongType(name: string, words: string): ServerError {
  return new ServerError(
    "bad_request",
    `option ${JSON.stringify(name)} must be of ${words}`,
  );
}

/**
 * The value in the option's own type. Throws a `bad_request` in Ollama's words
 * for another type.
 */
export function checkedOption(name: OptionName, value: unknown): unknown {
  const type = OPTION_TYPES[name];
  switch (type) {
    case "integer":
    case "float32":
      if (typeof value !== "number") {
        throw wrongType(name, `type ${type}`);
      }
      return type === "integer" ? Math.trunc(value) : value;
    case "boolean":
      if (typeof value !== "boolean") {
        throw wrongType(name, `type ${type}`);
      }
      return value;
    case "array":
      if (!Array.isArray(value)) {
        throw wrongType(name, `type ${type}`);
      }
      if (!value.every((each) => typeof each === "string")) {
        throw wrongType(name, "an array of strings");
      }
      return value;
    default:
      return type satisfies never;
  }
}
