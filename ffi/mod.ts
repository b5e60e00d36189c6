/**
 * The native border: the only code that touches native memory.
 *
 * @module
 */

export { TokenBatch } from "./batch.ts";
export { type ContextOptions, LlamaContext } from "./context.ts";
export { type Device, listDevices } from "./devices.ts";
export { DisposedError, LlamaError } from "./errors.ts";
export type { Flavour } from "./flavour.ts";
export type { LlamaLibrary } from "./library.ts";
export { LlamaModel, type ModelOptions } from "./model.ts";
export { quantizeModel, type QuantizeOptions } from "./quantize.ts";
export { LlamaSampler, type SamplerOptions } from "./sampler.ts";
export { openLibrary, type OpenOptions } from "./search.ts";
export { openInputQuestion } from "./standard_input.ts";
