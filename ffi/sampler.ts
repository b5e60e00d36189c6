/**
 * Chooses tokens by a chain of libllama's samplers.
 *
 * @module
 */

import type { LlamaContext } from "./context.ts";
import { DisposedError } from "./errors.ts";
import type { LlamaModel } from "./model.ts";

/** What the chain is made of; meanings and defaults are Ollama's. */
export interface SamplerOptions {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly typicalP: number;
  /** Tokens looked back on; -1 has been replaced by the context's length. */
  readonly penaltyTokens: number;
  readonly repeatPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly seed: number;
  /** Added to logits before anything else. */
  readonly logitBias?: readonly LogitBias[];
  /** Tokens that end an answer are never chosen. */
  readonly ignoreEnd?: boolean;
}

/** `struct llama_logit_bias` */
export interface LogitBias {
  readonly token: number;
  readonly bias: number;
}

/** Bytes of `llama_logit_bias`: a token and a float. */
const LOGIT_BIAS_BYTES = 8;

function penalizes(options: SamplerOptions): boolean {
  return options.penaltyTokens !== 0 &&
    (options.repeatPenalty !== 1 || options.presencePenalty !== 0 ||
      options.frequencyPenalty !== 0);
}

function biasBytes(biases: readonly LogitBias[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(biases.length * LOGIT_BIAS_BYTES);
  const view = new DataView(bytes.buffer);
  biases.forEach(({ token, bias }, index) => {
    view.setInt32(index * LOGIT_BIAS_BYTES, token, true);
    view.setFloat32(index * LOGIT_BIAS_BYTES + 4, bias, true);
  });
  return bytes;
}

/** Makes the samplers of a chain, in llama.cpp's order. */
function* samplers(
  { library: { llama }, vocab }: LlamaModel,
  options: SamplerOptions,
): Generator<Deno.PointerValue> {
  const ends = options.ignoreEnd ? vocab.ends : [];
  const never = [...vocab.suppressed(), ...ends]
    .map((token) => ({ token, bias: -Infinity }));
  const biases = [...never, ...options.logitBias ?? []];
  if (biases.length > 0) {
    yield llama.llama_sampler_init_logit_bias(
      vocab.size,
      biases.length,
      biasBytes(biases),
    );
  }
  if (penalizes(options)) {
    yield llama.llama_sampler_init_penalties(
      vocab.size,
      options.penaltyTokens,
      options.repeatPenalty,
      options.frequencyPenalty,
      options.presencePenalty,
    );
  }
  if (options.temperature <= 0) {
    yield llama.llama_sampler_init_greedy();
    return;
  }
  yield llama.llama_sampler_init_top_k(options.topK);
  yield llama.llama_sampler_init_typical(options.typicalP, 1n);
  yield llama.llama_sampler_init_top_p(options.topP, 1n);
  yield llama.llama_sampler_init_min_p(options.minP, 1n);
  yield llama.llama_sampler_init_temp(options.temperature);
  yield llama.llama_sampler_init_dist(options.seed);
}

/** Owns a sampler chain. Independent of the context's end, but useless then. */
export class LlamaSampler implements Disposable {
  readonly #context: LlamaContext;
  readonly #llama: LlamaModel["library"]["llama"];
  #handle: Deno.PointerValue;

  private constructor(context: LlamaContext, handle: Deno.PointerValue) {
    this.#context = context;
    this.#llama = context.model.library.llama;
    this.#handle = handle;
  }

  /** A fresh chain, which has accepted nothing. */
  static create(context: LlamaContext, options: SamplerOptions): LlamaSampler {
    const { llama } = context.model.library;
    const chain = llama.llama_sampler_chain_init(
      llama.llama_sampler_chain_default_params(),
    );
    for (const sampler of samplers(context.model, options)) {
      llama.llama_sampler_chain_add(chain, sampler);
    }
    return new LlamaSampler(context, chain);
  }

  get handle(): Deno.PointerValue {
    if (this.#handle === null) {
      throw new DisposedError("a sampler");
    }
    return this.#handle;
  }

  /** Token for an output of the last decode; it counts for penalties. */
  sample(batchIndex: number): number {
    return this.#llama.llama_sampler_sample(
      this.handle,
      this.#context.handle,
      batchIndex,
    );
  }

  /** Makes a token count for penalties. */
  accept(token: number): void {
    this.#llama.llama_sampler_accept(this.handle, token);
  }

  [Symbol.dispose](): void {
    const handle = this.#handle;
    if (handle !== null) {
      this.#handle = null;
      this.#llama.llama_sampler_free(handle);
    }
  }
}
