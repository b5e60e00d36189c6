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

/** Options of earlier Ollamas; Modelfiles may still have them. */
const FORMER_OPTIONS = [
  "f16_kv",
  "logits_all",
  "low_vram",
  "mirostat",
  "mirostat_eta",
  "mirostat_tau",
  "numa",
  "penalize_newline",
  "tfs_z",
  "use_mlock",
  "vocab_only",
];

/** A known option. */
export type OptionName = keyof typeof OPTION_TYPES;

/** Whether a name is a known option's. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTION_TYPES, name);
}

/** Whether a name was an option's once; it is then ignored. */
export function isFormerOption(name: string): boolean {
  return FORMER_OPTIONS.includes(name);
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

/**
 * PARAMETER values in their own types; `null` stays. Throws in Ollama's words
 * for unknown names and wrong types.
 */
export function checkedParameters(
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (isFormerOption(name)) {
      continue;
    }
    if (!isOptionName(name)) {
      throw new ServerError("bad_request", `unknown parameter '${name}'`);
    }
    const listed = name === "stop" && typeof value === "string"
      ? [value]
      : value;
    checked[name] = value === null ? null : checkedOption(name, listed);
  }
  return checked;
}
