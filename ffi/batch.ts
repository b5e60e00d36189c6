/**
 * The tokens of one decode, in arrays that are made once and filled again
 * each step.
 *
 * @module
 */

import { BATCH_FIELDS, patch, STRUCT_SIZES } from "./structs.ts";

/**
 * Numbers at an address that stays: the engine may keep a small typed array
 * in its heap and move it, unless it was given a buffer.
 */
function words(count: number): Int32Array<ArrayBuffer> {
  return new Int32Array(new ArrayBuffer(count * 4));
}

/** Owns the arrays behind a `llama_batch`, whose addresses C reads. */
export class TokenBatch {
  readonly capacity: number;
  readonly #struct = new Uint8Array(STRUCT_SIZES.llama_batch);
  readonly #tokens: Int32Array<ArrayBuffer>;
  readonly #positions: Int32Array<ArrayBuffer>;
  readonly #sequenceCounts: Int32Array<ArrayBuffer>;
  readonly #sequences: Int32Array<ArrayBuffer>;
  /** Pointers into `#sequences`, one a token. */
  readonly #sequencePointers: BigUint64Array<ArrayBuffer>;
  readonly #outputs: Uint8Array<ArrayBuffer>;
  readonly #view = new DataView(this.#struct.buffer);
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#tokens = words(capacity);
    this.#positions = words(capacity);
    this.#sequenceCounts = words(capacity).fill(1);
    this.#sequences = words(capacity);
    this.#outputs = new Uint8Array(new ArrayBuffer(capacity));
    const first = BigInt(
      Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#sequences)),
    );
    this.#sequencePointers = new BigUint64Array(new ArrayBuffer(capacity * 8));
    for (let index = 0; index < capacity; index++) {
      this.#sequencePointers[index] = first + BigInt(index * 4);
    }
    patch(this.#struct, BATCH_FIELDS, {
      token: Deno.UnsafePointer.of(this.#tokens),
      pos: Deno.UnsafePointer.of(this.#positions),
      n_seq_id: Deno.UnsafePointer.of(this.#sequenceCounts),
      seq_id: Deno.UnsafePointer.of(this.#sequencePointers),
      logits: Deno.UnsafePointer.of(this.#outputs),
    });
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds a token. Throws a `RangeError` when the batch is full. */
  add(
    token: number,
    position: number,
    sequence: number,
    output: boolean,
  ): void {
    const index = this.#length;
    if (index >= this.capacity) {
      throw new RangeError(`Cannot add token: ${index} fill the batch`);
    }
    this.#tokens[index] = token;
    this.#positions[index] = position;
    this.#sequences[index] = sequence;
    this.#outputs[index] = output ? 1 : 0;
    this.#length = index + 1;
  }

  /** The struct to pass by value, valid until the next change. */
  struct(): Uint8Array<ArrayBuffer> {
    this.#view.setInt32(BATCH_FIELDS.n_tokens.offset, this.#length, true);
    return this.#struct;
  }
}
