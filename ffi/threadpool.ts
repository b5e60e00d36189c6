/**
 * Compute threads that live as long as their context. Without a pool, ggml
 * starts and joins its threads at every decode.
 *
 * @module
 */

import { DisposedError, LlamaError } from "./errors.ts";
import type { LlamaLibrary } from "./library.ts";
import { cString } from "./strings.ts";

/** `sizeof(struct ggml_threadpool_params)` of ggml.h. */
const PARAMS_BYTES = 528;

/** `GGML_BACKEND_DEVICE_TYPE_CPU` */
const CPU_DEVICE = 0;

const NEW = { parameters: ["buffer"], result: "pointer" } as const;
const FREE = { parameters: ["pointer"], result: "void" } as const;

/** Owns a `ggml_threadpool`. */
export class Threadpool implements Disposable {
  readonly threads: number;
  readonly #free: (handle: Deno.PointerValue) => void;
  #handle: Deno.PointerValue;

  private constructor(
    threads: number,
    handle: Deno.PointerValue,
    free: (handle: Deno.PointerValue) => void,
  ) {
    this.threads = threads;
    this.#handle = handle;
    this.#free = free;
  }

  /** Starts so many threads, which sleep until there is work. */
  static create(library: LlamaLibrary, threads: number): Threadpool {
    const device = library.ggml.ggml_backend_dev_by_type(CPU_DEVICE);
    const registry = library.base.ggml_backend_dev_backend_reg(device);
    // deno-lint-ignore no-explicit-any -- which function it is, C knows
    const find = (name: string): Deno.PointerObject<any> => {
      const pointer = library.base.ggml_backend_reg_get_proc_address(
        registry,
        cString(name),
      );
      if (pointer === null) {
        throw new LlamaError(`Cannot find ${name} in the CPU library`);
      }
      return pointer;
    };
    const create = new Deno.UnsafeFnPointer<typeof NEW>(
      find("ggml_threadpool_new"),
      NEW,
    );
    const free = new Deno.UnsafeFnPointer<typeof FREE>(
      find("ggml_threadpool_free"),
      FREE,
    );
    const params = new Uint8Array(PARAMS_BYTES);
    library.base.ggml_threadpool_params_init(params, threads);
    const handle = create.call(params);
    if (handle === null) {
      throw new LlamaError(`Cannot start ${threads} compute threads`);
    }
    return new Threadpool(threads, handle, (each) => free.call(each));
  }

  get handle(): Deno.PointerValue {
    if (this.#handle === null) {
      throw new DisposedError("a threadpool");
    }
    return this.#handle;
  }

  [Symbol.dispose](): void {
    const handle = this.#handle;
    if (handle !== null) {
      this.#handle = null;
      this.#free(handle);
    }
  }
}
