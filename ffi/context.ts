/**
 * A model's working state: decoding, outputs, and the memory of sequences.
 *
 * @module
 */

import type { TokenBatch } from "./batch.ts";
import { DisposedError, LlamaError } from "./errors.ts";
import type { LlamaModel } from "./model.ts";
import { CONTEXT_FIELDS, patch } from "./structs.ts";
import { Threadpool } from "./threadpool.ts";

/** `enum ggml_type` of the cache types, ggml.h. */
const CACHE_TYPES = { f16: 1, q4_0: 2, q8_0: 8 } as const;

/** `enum llama_flash_attn_type` */
const FLASH_ATTENTION = { auto: -1, off: 0, on: 1 } as const;

/** `enum llama_pooling_type` */
const POOLING = { none: 0, rank: 4 } as const;

/** How to make a context. */
export interface ContextOptions {
  /** Cells of the cache, all sequences together. */
  readonly cells: number;
  readonly sequences: number;
  /** Tokens in one decode at most. */
  readonly batchSize: number;
  /** Outputs in one decode at most. */
  readonly outputs: number;
  readonly threads: number;
  readonly embeddings: boolean;
  /** One pool of cells for all sequences, or an equal part for each. */
  readonly unified: boolean;
  readonly flashAttention: keyof typeof FLASH_ATTENTION;
  readonly cacheType: keyof typeof CACHE_TYPES;
}

/** Owns a `llama_context` and its threads. Dispose of it before its model. */
export class LlamaContext implements Disposable {
  readonly model: LlamaModel;
  readonly #llama: LlamaModel["library"]["llama"];
  readonly #threads: Threadpool;
  readonly #memory: Deno.PointerValue;
  readonly #releaseModel: () => void;
  #handle: Deno.PointerValue;

  private constructor(
    model: LlamaModel,
    handle: Deno.PointerValue,
    threads: Threadpool,
  ) {
    this.model = model;
    this.#llama = model.library.llama;
    this.#handle = handle;
    this.#threads = threads;
    this.#memory = this.#llama.llama_get_memory(handle);
    this.#releaseModel = model.retain();
    const pool = threads.handle;
    this.#llama.llama_attach_threadpool(handle, pool, pool);
  }

  /** Throws a {@linkcode LlamaError} when memory does not suffice. */
  static create(model: LlamaModel, options: ContextOptions): LlamaContext {
    const { llama } = model.library;
    const params = llama.llama_context_default_params();
    patch(params, CONTEXT_FIELDS, {
      n_ctx: options.cells,
      n_batch: options.batchSize,
      n_ubatch: options.batchSize,
      n_seq_max: options.sequences,
      n_outputs_max: options.outputs,
      n_threads: options.threads,
      n_threads_batch: options.threads,
      flash_attn_type: FLASH_ATTENTION[options.flashAttention],
      type_k: CACHE_TYPES[options.cacheType],
      type_v: CACHE_TYPES[options.cacheType],
      embeddings: options.embeddings,
      no_perf: true,
      kv_unified: options.unified,
    });
    const threads = Threadpool.create(model.library, options.threads);
    const handle = llama.llama_init_from_model(model.handle, params);
    if (handle === null) {
      threads[Symbol.dispose]();
      throw new LlamaError(
        `Cannot make a context of ${options.cells} tokens: ` +
          "lower num_ctx or OLLAMA_NUM_PARALLEL, or free memory",
      );
    }
    return new LlamaContext(model, handle, threads);
  }

  /** For the sampler. */
  get handle(): Deno.PointerValue {
    if (this.#handle === null) {
      throw new DisposedError("a context");
    }
    return this.#handle;
  }

  /** Whether a sequence yields one vector, not one a token. */
  get pools(): boolean {
    return this.#llama.llama_pooling_type(this.handle) !== POOLING.none;
  }

  /** Numbers a sequence yields: a vector's, or scores where it ranks. */
  get outputLength(): number {
    return this.#llama.llama_pooling_type(this.handle) === POOLING.rank
      ? this.model.scores
      : this.model.embeddingLength;
  }

  /** Evaluates a batch; `llama_decode`'s result. */
  decode(batch: TokenBatch): number {
    return this.#llama.llama_decode(this.handle, batch.struct());
  }

  /** Evaluates a batch that leaves nothing behind; `llama_encode`'s result. */
  encode(batch: TokenBatch): number {
    return this.#llama.llama_encode(this.handle, batch.struct());
  }

  /** Logits of an output, in the library's memory until the next decode. */
  logits(batchIndex: number): Float32Array {
    const pointer = this.#llama.llama_get_logits_ith(this.handle, batchIndex);
    return this.#floats(pointer, this.model.vocab.size);
  }

  /** The pooled vector, or the scores, of a sequence, copied. */
  sequenceEmbedding(sequence: number): Float32Array {
    const pointer = this.#llama.llama_get_embeddings_seq(
      this.handle,
      sequence,
    );
    return this.#floats(pointer, this.outputLength).slice();
  }

  /** The vector of one output, copied. */
  tokenEmbedding(batchIndex: number): Float32Array {
    const pointer = this.#llama.llama_get_embeddings_ith(
      this.handle,
      batchIndex,
    );
    return this.#floats(pointer, this.model.embeddingLength).slice();
  }

  /** Whether it remembers what it evaluated; encoders do not. */
  get remembers(): boolean {
    return this.#memoryHandle !== null;
  }

  /** Forgets positions from `from` up to `to`, -1 is the end. */
  remove(sequence: number, from: number, to: number): boolean {
    const memory = this.#memoryHandle;
    return memory === null ||
      this.#llama.llama_memory_seq_rm(memory, sequence, from, to);
  }

  /**
   * Makes `target` hold what `source` does. Only the whole can be copied from
   * one part of the cache to another: libllama asserts it.
   */
  copy(source: number, target: number): void {
    const memory = this.#memoryHandle;
    this.#llama.llama_memory_seq_cp(memory, source, target, -1, -1);
  }

  /** Adds `delta` to positions from `from` on. */
  shift(sequence: number, from: number, delta: number): void {
    const memory = this.#memoryHandle;
    this.#llama.llama_memory_seq_add(memory, sequence, from, -1, delta);
  }

  /** Whether positions can be cut out and the later ones moved. */
  get canShift(): boolean {
    const memory = this.#memoryHandle;
    return memory !== null && !this.model.recurrent &&
      this.#llama.llama_memory_can_shift(memory);
  }

  /** Forgets everything. */
  clear(): void {
    const memory = this.#memoryHandle;
    if (memory !== null) {
      this.#llama.llama_memory_clear(memory, false);
    }
  }

  /** Computes with so many threads, no more than the context was made for. */
  setThreads(count: number): void {
    const threads = Math.max(1, Math.min(count, this.#threads.threads));
    this.#llama.llama_set_n_threads(this.handle, threads, threads);
  }

  /** Applies LoRA adapters at full strength. */
  setAdapters(adapters: readonly Deno.PointerObject[]): void {
    const pointers = BigUint64Array.from(
      adapters,
      (each) => BigInt(Deno.UnsafePointer.value(each)),
    );
    const scales = new Float32Array(adapters.length).fill(1);
    const result = this.#llama.llama_set_adapters_lora(
      this.handle,
      pointers,
      BigInt(adapters.length),
      scales,
    );
    if (result !== 0) {
      throw new LlamaError("Cannot apply the adapter to this model");
    }
  }

  /** The library's memory of sequences; it ends with the context. */
  get #memoryHandle(): Deno.PointerValue {
    return this.handle === null ? null : this.#memory;
  }

  #floats(pointer: Deno.PointerValue, length: number): Float32Array {
    if (pointer === null) {
      throw new LlamaError("Cannot read an output that was not asked for");
    }
    const bytes = Deno.UnsafePointerView.getArrayBuffer(pointer, length * 4);
    return new Float32Array(bytes);
  }

  [Symbol.dispose](): void {
    const handle = this.#handle;
    if (handle === null) {
      return;
    }
    this.#handle = null;
    this.#llama.llama_detach_threadpool(handle);
    this.#llama.llama_free(handle);
    this.#threads[Symbol.dispose]();
    this.#releaseModel();
  }
}
