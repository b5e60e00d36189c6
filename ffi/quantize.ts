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
}

/**
 * Writes the file. Throws a `LlamaError` when the library refuses; its log
 * then has the reason.
 */
export async function quantizeModel(
  library: LlamaLibrary,
  { input, output, fileType, threads }: QuantizeOptions,
): Promise<void> {
  const params = library.llama.llama_model_quantize_default_params();
  patch(params, QUANTIZE_FIELDS, {
    nthread: threads,
    // Files of floats may have a few tensors that are quantized already.
    allow_requantize: true,
    ...(fileType === undefined ? { only_copy: true } : { ftype: fileType }),
  });
  // The library reads them until it has answered.
  using kept = new DisposableStack();
  const keep = (bytes: Uint8Array<ArrayBuffer>) => kept.adopt(bytes, () => {});
  const result = await library.llama.llama_model_quantize(
    keep(cString(input)),
    keep(cString(output)),
    keep(params),
  );
  if (result !== 0) {
    throw new LlamaError(`Cannot quantize "${input}"`);
  }
}
