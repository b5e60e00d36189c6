/**
 * Writes small GGUF files: headers for the reader's tests, and a whole, if
 * mindless, model that libllama loads.
 *
 * @module
 */

import { Random } from "./random.ts";

/** A value of a header with its type. */
export type GgufField =
  | { readonly u8: number }
  | { readonly u16: number }
  | { readonly i32: number }
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly u64: bigint }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

/** A tensor of 32-bit floats. */
export interface TinyTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const ALIGNMENT = 32;

class GgufWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  number(size: number, set: (view: DataView) => void): void {
    const view = new DataView(new ArrayBuffer(size));
    set(view);
    this.#bytes.push(...new Uint8Array(view.buffer));
  }

  u16(value: number): void {
    this.number(2, (view) => view.setUint16(0, value, true));
  }

  u32(value: number): void {
    this.number(4, (view) => view.setUint32(0, value, true));
  }

  i32(value: number): void {
    this.number(4, (view) => view.setInt32(0, value, true));
  }

  f32(value: number): void {
    this.number(4, (view) => view.setFloat32(0, value, true));
  }

  u64(value: number | bigint): void {
    this.number(8, (view) => view.setBigUint64(0, BigInt(value), true));
  }

  byte(value: number): void {
    this.#bytes.push(value);
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.#bytes.push(...bytes);
  }

  list<T>(type: number, values: readonly T[], write: (value: T) => void): void {
    this.u32(9);
    this.u32(type);
    this.u64(values.length);
    values.forEach(write);
  }

  align(): void {
    while (this.#bytes.length % ALIGNMENT !== 0) {
      this.#bytes.push(0);
    }
  }

  take(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

function writeField(writer: GgufWriter, field: GgufField): void {
  const scalar = (type: number, write: () => void) => {
    writer.u32(type);
    write();
  };
  if ("u8" in field) {
    scalar(0, () => writer.byte(field.u8));
  } else if ("u16" in field) {
    scalar(2, () => writer.u16(field.u16));
  } else if ("u32" in field) {
    scalar(4, () => writer.u32(field.u32));
  } else if ("i32" in field) {
    scalar(5, () => writer.i32(field.i32));
  } else if ("f32" in field) {
    scalar(6, () => writer.f32(field.f32));
  } else if ("bool" in field) {
    scalar(7, () => writer.byte(field.bool ? 1 : 0));
  } else if ("text" in field) {
    scalar(8, () => writer.text(field.text));
  } else if ("u64" in field) {
    scalar(10, () => writer.u64(field.u64));
  } else if ("texts" in field) {
    writer.list(8, field.texts, (each) => writer.text(each));
  } else if ("f32s" in field) {
    writer.list(6, field.f32s, (each) => writer.f32(each));
  } else {
    writer.list(5, field.i32s, (each) => writer.i32(each));
  }
}

/** The bytes of a GGUF file. */
export function ggufBytes(
  fields: Readonly<Record<string, GgufField>>,
  tensors: readonly TinyTensor[] = [],
): Uint8Array<ArrayBuffer> {
  const header = new GgufWriter();
  header.u32(0x46554747);
  header.u32(3);
  header.u64(tensors.length);
  header.u64(Object.keys(fields).length);
  for (const [key, field] of Object.entries(fields)) {
    header.text(key);
    writeField(header, field);
  }
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    header.text(name);
    header.u32(shape.length);
    shape.forEach((each) => header.u64(each));
    header.u32(0);
    header.u64(offset);
    offset += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  header.align();
  const file = new Uint8Array(header.length + offset);
  file.set(header.take());
  let at = header.length;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer as ArrayBuffer), at);
    at += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  return file;
}

const WIDTH = 64;
const HIDDEN = 128;
const HEADS = 4;
const KEY_HEADS = 2;
const LAYERS = 2;
const END_TOKEN = 2;

/** SentencePiece's kinds of tokens. */
const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6];

function vocabulary(): { text: string; type: number }[] {
  const hex = (byte: number) =>
    byte.toString(16).toUpperCase().padStart(2, "0");
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${hex(byte)}>`);
  return [
    { text: "<unk>", type: UNKNOWN },
    { text: "<s>", type: CONTROL },
    { text: "</s>", type: CONTROL },
    ...bytes.map((text) => ({ text, type: BYTE })),
    ...[..."▁abcdefghijklmnopqrstuvwxyz.,!?0123456789"]
      .map((text) => ({ text, type: NORMAL })),
  ];
}

/** Fields of a tiny Llama with a SentencePiece vocabulary. */
export function tinyFields(): Record<string, GgufField> {
  const tokens = vocabulary();
  return {
    "general.architecture": { text: "llama" },
    "general.name": { text: "Tiny" },
    "general.file_type": { u32: 0 },
    "llama.context_length": { u32: 256 },
    "llama.embedding_length": { u32: WIDTH },
    "llama.block_count": { u32: LAYERS },
    "llama.feed_forward_length": { u32: HIDDEN },
    "llama.attention.head_count": { u32: HEADS },
    "llama.attention.head_count_kv": { u32: KEY_HEADS },
    "llama.attention.layer_norm_rms_epsilon": { f32: 1e-5 },
    "llama.rope.dimension_count": { u32: WIDTH / HEADS },
    "llama.vocab_size": { u32: tokens.length },
    "tokenizer.ggml.model": { text: "llama" },
    "tokenizer.ggml.tokens": { texts: tokens.map((each) => each.text) },
    "tokenizer.ggml.scores": { f32s: tokens.map((_, index) => -index) },
    "tokenizer.ggml.token_type": { i32s: tokens.map((each) => each.type) },
    "tokenizer.ggml.bos_token_id": { u32: 1 },
    "tokenizer.ggml.eos_token_id": { u32: END_TOKEN },
    "tokenizer.ggml.unknown_token_id": { u32: 0 },
  };
}

/** Random weights of a layer; ones for a norm, which is a list. */
export function randomWeights(
  random: Random,
  name: string,
  ...shape: number[]
): TinyTensor {
  const length = shape.reduce((product, each) => product * each, 1);
  const data = new Float32Array(length);
  const scale = Math.sqrt(3 / (shape[0] ?? 1));
  for (let index = 0; index < length; index++) {
    data[index] = shape.length === 1 ? 1 : (2 * random.next() - 1) * scale;
  }
  return { name: `${name}.weight`, shape, data };
}

function tinyTensors(random: Random): TinyTensor[] {
  const weights = (name: string, ...shape: number[]) =>
    randomWeights(random, name, ...shape);
  const keys = WIDTH / HEADS * KEY_HEADS;
  const layer = (index: number) => [
    weights(`blk.${index}.attn_norm`, WIDTH),
    weights(`blk.${index}.attn_q`, WIDTH, WIDTH),
    weights(`blk.${index}.attn_k`, WIDTH, keys),
    weights(`blk.${index}.attn_v`, WIDTH, keys),
    weights(`blk.${index}.attn_output`, WIDTH, WIDTH),
    weights(`blk.${index}.ffn_norm`, WIDTH),
    weights(`blk.${index}.ffn_gate`, WIDTH, HIDDEN),
    weights(`blk.${index}.ffn_up`, WIDTH, HIDDEN),
    weights(`blk.${index}.ffn_down`, HIDDEN, WIDTH),
  ];
  const tokens = vocabulary().length;
  return [
    weights("token_embd", WIDTH, tokens),
    ...Array.from({ length: LAYERS }, (_, index) => layer(index)).flat(),
    weights("output_norm", WIDTH),
    weights("output", WIDTH, tokens),
  ];
}

/**
 * A tiny Llama with random weights: half a megabyte that libllama loads.
 * Further fields, such as a chat template, go into its header.
 */
export function tinyGguf(
  seed = 1,
  fields: Readonly<Record<string, GgufField>> = {},
): Uint8Array<ArrayBuffer> {
  return ggufBytes(
    { ...tinyFields(), ...fields },
    tinyTensors(new Random(seed)),
  );
}

/**
 * A tiny Llama whose most likely next token is never the end: drawn greedily,
 * an answer goes on until something else ends it.
 */
export function endlessGguf(): Uint8Array<ArrayBuffer> {
  const tensors = tinyTensors(new Random(1));
  const output = tensors.find(({ name }) => name === "output.weight");
  output?.data.fill(0, END_TOKEN * WIDTH, (END_TOKEN + 1) * WIDTH);
  return ggufBytes(tinyFields(), tensors);
}

/** The same model, split into so many files. */
export function splitTinyGguf(count: number): Uint8Array<ArrayBuffer>[] {
  const tensors = tinyTensors(new Random(1));
  const each = Math.ceil(tensors.length / count);
  return Array.from({ length: count }, (_, index) =>
    ggufBytes({
      ...(index === 0 ? tinyFields() : {}),
      "split.no": { u16: index },
      "split.count": { u16: count },
      "split.tensors.count": { i32: tensors.length },
    }, tensors.slice(index * each, (index + 1) * each)));
}
