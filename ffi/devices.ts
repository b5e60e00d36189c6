/**
 * What the native library can compute on.
 *
 * @module
 */

import type { LlamaLibrary } from "./library.ts";
import { readCString } from "./strings.ts";

/** `enum ggml_backend_dev_type` of ggml-backend.h, in order. */
const TYPES = ["cpu", "gpu", "igpu", "accel", "meta"] as const;

/** A processor or GPU. Memory in bytes. */
export interface Device {
  readonly name: string;
  readonly description: string;
  readonly type: typeof TYPES[number];
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Every device, as it is at this moment. */
export function listDevices({ ggml, base }: LlamaLibrary): Device[] {
  const count = Number(ggml.ggml_backend_dev_count());
  return Array.from({ length: count }, (_, index) => {
    const device = ggml.ggml_backend_dev_get(BigInt(index));
    const free = new BigUint64Array(1);
    const total = new BigUint64Array(1);
    base.ggml_backend_dev_memory(device, free, total);
    return {
      name: readCString(base.ggml_backend_dev_name(device)),
      description: readCString(base.ggml_backend_dev_description(device)),
      type: TYPES[base.ggml_backend_dev_type(device)] ?? "accel",
      freeBytes: Number(free[0]),
      totalBytes: Number(total[0]),
    };
  });
}
