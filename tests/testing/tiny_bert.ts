/**
 * A tiny BERT with random weights, which embeds and does not generate.
 *
 * @module
 */

import { Random } from "./random.ts";
import {
  ggufBytes,
  type GgufField,
  randomWeights,
  type TinyTensor,
} from "./tiny_gguf.ts";

const WIDTH = 32;
const HIDDEN = 64;
const HEADS = 2;
const LAYERS = 2;
const CONTEXT = 128;

/** Numbers a vector of it has. */
export const TINY_BERT_WIDTH = WIDTH;

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789.,!?"];

/** Letters at the beginning of a word, then letters inside. */
const TOKENS = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  ...LETTERS.map((letter) => `▁${letter}`),
  ...LETTERS,
];

const FIELDS: Readonly<Record<string, GgufField>> = {
  "general.architecture": { text: "bert" },
  "general.name": { text: "Tiny BERT" },
  "general.file_type": { u32: 0 },
  "bert.context_length": { u32: CONTEXT },
  "bert.embedding_length": { u32: WIDTH },
  "bert.block_count": { u32: LAYERS },
  "bert.feed_forward_length": { u32: HIDDEN },
  "bert.attention.head_count": { u32: HEADS },
  "bert.attention.layer_norm_epsilon": { f32: 1e-12 },
  "bert.attention.causal": { bool: false },
  // The mean of all tokens.
  "bert.pooling_type": { u32: 1 },
  "tokenizer.ggml.model": { text: "bert" },
  "tokenizer.ggml.tokens": { texts: TOKENS },
  "tokenizer.ggml.token_type": {
    i32s: TOKENS.map((text) => text.startsWith("[") ? 3 : 1),
  },
  "tokenizer.ggml.token_type_count": { u32: 2 },
  "tokenizer.ggml.padding_token_id": { u32: 0 },
  "tokenizer.ggml.unknown_token_id": { u32: 1 },
  "tokenizer.ggml.bos_token_id": { u32: 2 },
  "tokenizer.ggml.cls_token_id": { u32: 2 },
  "tokenizer.ggml.seperator_token_id": { u32: 3 },
  "tokenizer.ggml.mask_token_id": { u32: 4 },
};

/** A norm's ones and zeros. */
function norm(random: Random, name: string): TinyTensor[] {
  return [
    randomWeights(random, name, WIDTH),
    { name: `${name}.bias`, shape: [WIDTH], data: new Float32Array(WIDTH) },
  ];
}

function tensors(random: Random): TinyTensor[] {
  const weights = (name: string, ...shape: number[]) =>
    randomWeights(random, name, ...shape);
  const layer = (index: number) => [
    weights(`blk.${index}.attn_q`, WIDTH, WIDTH),
    weights(`blk.${index}.attn_k`, WIDTH, WIDTH),
    weights(`blk.${index}.attn_v`, WIDTH, WIDTH),
    weights(`blk.${index}.attn_output`, WIDTH, WIDTH),
    ...norm(random, `blk.${index}.attn_output_norm`),
    weights(`blk.${index}.ffn_up`, WIDTH, HIDDEN),
    weights(`blk.${index}.ffn_down`, HIDDEN, WIDTH),
    ...norm(random, `blk.${index}.layer_output_norm`),
  ];
  return [
    weights("token_embd", WIDTH, TOKENS.length),
    weights("token_types", WIDTH, 2),
    weights("position_embd", WIDTH, CONTEXT),
    ...norm(random, "token_embd_norm"),
    ...Array.from({ length: LAYERS }, (_, index) => layer(index)).flat(),
  ];
}

/** The same with a head that makes a score of the first token's vector. */
export function tinyRerankerGguf(
  fields: Readonly<Record<string, GgufField>> = {},
): Uint8Array<ArrayBuffer> {
  const random = new Random(1);
  const ranking = { ...FIELDS, "bert.pooling_type": { u32: 4 }, ...fields };
  return ggufBytes(ranking, [
    ...tensors(random),
    randomWeights(random, "cls", WIDTH, WIDTH),
    { name: "cls.bias", shape: [WIDTH], data: new Float32Array(WIDTH) },
    randomWeights(random, "cls.output", WIDTH, 1),
    { name: "cls.output.bias", shape: [1], data: new Float32Array([0.25]) },
  ]);
}

/** A hundred kilobytes that libllama loads. */
export function tinyBertGguf(
  seed = 1,
  fields: Readonly<Record<string, GgufField>> = {},
): Uint8Array<ArrayBuffer> {
  return ggufBytes({ ...FIELDS, ...fields }, tensors(new Random(seed)));
}
