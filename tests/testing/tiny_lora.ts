/**
 * Writes small LoRA adapters for the model of `tiny_gguf.ts`.
 *
 * @module
 */

import type { Random } from "./random.ts";
import { ggufBytes, type GgufField, type TinyTensor } from "./tiny_gguf.ts";

const RANK = 4;

/** Tensors of the tiny model, and how many numbers go in and come out. */
const TARGETS = [
  ["blk.0.attn_q.weight", 64, 64],
  ["blk.1.attn_output.weight", 64, 64],
  ["blk.1.ffn_down.weight", 128, 64],
] as const;

function matrix(
  name: string,
  shape: readonly [number, number],
  next: () => number,
): TinyTensor {
  const data = Float32Array.from({ length: shape[0] * shape[1] }, next);
  return { name, shape, data };
}

/** A LoRA adapter, of random numbers or of noughts. */
export function tinyLora(
  numbers: Random | "noughts",
  fields: Readonly<Record<string, GgufField>> = {},
): Uint8Array<ArrayBuffer> {
  const next = () => numbers === "noughts" ? 0 : 2 * numbers.next() - 1;
  const tensors = TARGETS.flatMap(([name, input, output]) => [
    matrix(`${name}.lora_a`, [input, RANK], next),
    matrix(`${name}.lora_b`, [RANK, output], next),
  ]);
  return ggufBytes({
    "general.architecture": { text: "llama" },
    "general.type": { text: "adapter" },
    "adapter.type": { text: "lora" },
    "adapter.lora.alpha": { f32: RANK },
    ...fields,
  }, tensors);
}
