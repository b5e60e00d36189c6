/**
 * A loaded model.
 *
 * @module
 */

import { DisposedError, LlamaError } from "./errors.ts";
import type { LlamaLibrary } from "./library.ts";
import { cString } from "./strings.ts";
import { MODEL_FIELDS, patch } from "./structs.ts";
import { LlamaVocab } from "./vocab.ts";

/** `enum llama_load_mode` */
const LOAD_MODE = { none: 0, mmap: 1 } as const;

/** `llama_progress_callback`; true goes on. Called by the loading thread. */
const PROGRESS_CALLBACK = {
  parameters: [
    "f32", // float progress
    "pointer", // void * user_data
  ],
  result: "bool",
} as const satisfies Deno.UnsafeCallbackDefinition;

/** How to load a model. */
export interface ModelOptions {
  readonly path: string;
  /** Layers on the GPU, negative for all. */
  readonly gpuLayers: number;
  readonly mainGpu: number;
  /** Map the file instead of reading it. Absent: the library decides. */
  readonly useMmap?: boolean;
  /** Receives the part that is loaded, 0 to 1. */
  readonly onProgress?: (progress: number) => void;
}

/**
 * Owns a `llama_model`. Contexts made of it are disposed of before it: with a
 * live one, disposing of the model throws and changes nothing.
 */
export class LlamaModel implements Disposable {
  readonly library: LlamaLibrary;
  readonly vocab: LlamaVocab;
  #handle: Deno.PointerValue;
  #children = 0;

  private constructor(library: LlamaLibrary, handle: Deno.PointerValue) {
    this.library = library;
    this.#handle = handle;
    const vocab = library.llama.llama_model_get_vocab(handle);
    this.vocab = new LlamaVocab(library, vocab);
  }

  /** Loads a GGUF file. Throws a {@linkcode LlamaError}; the log says why. */
  static load(library: LlamaLibrary, options: ModelOptions): LlamaModel {
    const { useMmap, onProgress } = options;
    const callback = new Deno.UnsafeCallback(PROGRESS_CALLBACK, (progress) => {
      onProgress?.(progress);
      return true;
    });
    const params = library.llama.llama_model_default_params();
    patch(params, MODEL_FIELDS, {
      n_gpu_layers: options.gpuLayers,
      main_gpu: options.mainGpu,
      progress_callback: callback.pointer,
      ...(useMmap === undefined
        ? {}
        : { load_mode: useMmap ? LOAD_MODE.mmap : LOAD_MODE.none }),
    });
    const handle = library.llama.llama_model_load_from_file(
      cString(options.path),
      params,
    );
    callback.close();
    if (handle === null) {
      throw new LlamaError("error loading model");
    }
    return new LlamaModel(library, handle);
  }

  /** For the other classes of this folder. */
  get handle(): Deno.PointerValue {
    if (this.#handle === null) {
      throw new DisposedError("a model");
    }
    return this.#handle;
  }

  /** Bytes of all tensors. */
  get sizeBytes(): number {
    return Number(this.library.llama.llama_model_size(this.handle));
  }

  get layers(): number {
    return this.library.llama.llama_model_n_layer(this.handle);
  }

  /** Numbers in one vector that comes out. */
  get embeddingLength(): number {
    return this.library.llama.llama_model_n_embd_out(this.handle);
  }

  /** Scores a model that ranks gives to an input. */
  get scores(): number {
    return this.library.llama.llama_model_n_cls_out(this.handle);
  }

  /** Whether it has an encoder and nothing after it. */
  get encoderOnly(): boolean {
    const { llama } = this.library;
    return llama.llama_model_has_encoder(this.handle) &&
      !llama.llama_model_has_decoder(this.handle);
  }

  /** Whether the state of a sequence is one whole that cannot be cut. */
  get recurrent(): boolean {
    const { llama } = this.library;
    return llama.llama_model_is_recurrent(this.handle) ||
      llama.llama_model_is_hybrid(this.handle);
  }

  /** Loads a LoRA adapter, which lives as long as the model. */
  loadAdapter(path: string): Deno.PointerObject {
    const adapter = this.library.llama.llama_adapter_lora_init(
      this.handle,
      cString(path),
    );
    if (adapter === null) {
      throw new LlamaError(`Cannot load the adapter "${path}"`);
    }
    return adapter;
  }

  /** A context says that it needs the model, until the returned call. */
  retain(): () => void {
    this.#children++;
    return () => this.#children--;
  }

  [Symbol.dispose](): void {
    if (this.#handle === null) {
      return;
    }
    if (this.#children > 0) {
      throw new LlamaError("Cannot dispose of a model with a live context");
    }
    const handle = this.#handle;
    this.#handle = null;
    this.library.llama.llama_model_free(handle);
  }
}
