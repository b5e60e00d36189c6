/**
 * PARAMETER values: of which type they are, and which are no more.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { checkedOption, isOptionName } from "../model_options.ts";

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

/** Whether a name was an option's once; it is then ignored. */
export function isFormerOption(name: string): boolean {
  return FORMER_OPTIONS.includes(name);
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
