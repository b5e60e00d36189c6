/**
 * Writing a GGUF file again: with smaller numbers, or its parts as one.
 *
 * @module
 */

import { LlamaError } from "./errors.ts";
import type { LlamaLibrary } from "./library.ts";
import { cString } from "./strings.ts";
import { patch, QUANTIZE_FIELDS } from "./structs.ts";

/** What to write, and how. */
export interface QuantizeOptions {
  /** Of a split file the first part, named `…-00001-of-00003.gguf`. */
  readonly input: string;
  readonly output: string;
  /** `enum llama_ftype`; the tensors stay as they are when absent. */
  readonly fileType?: number;
  readonly threads: number;
  /** Tensors that get types of their own. */
  readonly exceptions: readonly TypeException[];
}

/** Tensors, and the type they get whatever the file's is. */
export interface TypeException {
  /** A regular expression that finds their names. */
  readonly pattern: string;
  /** `enum ggml_type` */
  readonly type: number;
}

/** Bytes of `struct llama_model_tensor_override`: a pointer and an enum. */
const OVERRIDE_BYTES = 16;

/** An array of overrides, which one without a pattern ends. */
function overrides(
  exceptions: readonly TypeException[],
  patterns: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(OVERRIDE_BYTES * (exceptions.length + 1));
  const view = new DataView(bytes.buffer);
  for (const [index, { type }] of exceptions.entries()) {
    const pattern = Deno.UnsafePointer.of(patterns[index] as Uint8Array);
    const address = BigInt(Deno.UnsafePointer.value(pattern));
    view.setBigUint64(index * OVERRIDE_BYTES, address, true);
    view.setInt32(index * OVERRIDE_BYTES + 8, type, true);
  }
  return bytes;
}

/**
 * Writes the file. Throws a `LlamaError` when the library refuses; its log
 * then has the reason.
 */
export async function quantizeModel(
  library: LlamaLibrary,
  { input, output, fileType, threads, exceptions }: QuantizeOptions,
): Promise<void> {
  // The library reads them until it has answered.
  using kept = new DisposableStack();
  const keep = (bytes: Uint8Array<ArrayBuffer>) => kept.adopt(bytes, () => {});
  const patterns = exceptions.map(({ pattern }) => keep(cString(pattern)));
  const params = library.llama.llama_model_quantize_default_params();
  patch(params, QUANTIZE_FIELDS, {
    nthread: threads,
    // Files of floats may have a few tensors that are quantized already.
    allow_requantize: true,
    tt_overrides: exceptions.length === 0
      ? null
      : Deno.UnsafePointer.of(keep(overrides(exceptions, patterns))),
    ...(fileType === undefined ? { only_copy: true } : { ftype: fileType }),
  });
  const result = await library.llama.llama_model_quantize(
    keep(cString(input)),
    keep(cString(output)),
    keep(params),
  );
  if (result !== 0) {
    throw new LlamaError(`Cannot quantize "${input}"`);
  }
}
