/**
 * PARAMETER values and `options`: which there are and of what type.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** Type of each option, in the words of Ollama's errors. */
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
} as const;

/** A known option. */
export type OptionName = keyof typeof OPTION_TYPES;

/** Whether a name is a known option's. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTION_TYPES, name);
}

function wrongType(name: string, words: string): ServerError {
  const article = words === "of an array of strings" ? "" : "of type ";
  return new ServerError(
    "bad_request",
    `option "${name}" must be ${article}${words}`,
  );
}

/** The value in the option's own type. Throws in Ollama's words. */
export function checkedOption(name: OptionName, value: unknown): unknown {
  const type = OPTION_TYPES[name];
  switch (type) {
    case "integer":
    case "float32":
      if (typeof value !== "number") {
        throw wrongType(name, type);
      }
      return type === "integer" ? Math.trunc(value) : value;
    case "boolean":
      if (typeof value !== "boolean") {
        throw wrongType(name, type);
      }
      return value;
    case "array":
      if (!Array.isArray(value)) {
        throw wrongType(name, type);
      }
      if (!value.every((each) => typeof each === "string")) {
        throw wrongType(name, "of an array of strings");
      }
      return value;
    default:
      return type satisfies never;
  }
}
