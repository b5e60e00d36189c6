/**
 * Structs that llama.h passes by value, or fills for us. They are never built:
 * the library makes its defaults and named fields are patched at the offsets
 * below (llama.h of release v0.5.0; v0.4.0 has the same layout).
 *
 * @module
 */

/** Bytes of each struct. */
export const STRUCT_SIZES = {
  llama_model_params: 80,
  llama_context_params: 160,
  llama_batch: 56,
  llama_model_quantize_params: 64,
} as const;

/** A struct of so many bytes, as Deno's FFI describes it. */
function opaque(bytes: number): { readonly struct: readonly "u64"[] } {
  return { struct: Array<"u64">(bytes / 8).fill("u64") };
}

/** `struct llama_model_params` */
export const MODEL_PARAMS = opaque(STRUCT_SIZES.llama_model_params);

/** `struct llama_context_params` */
export const CONTEXT_PARAMS = opaque(STRUCT_SIZES.llama_context_params);

/** `struct llama_batch` */
export const BATCH = opaque(STRUCT_SIZES.llama_batch);

/** `struct llama_model_quantize_params`; given to C by its address. */
export const QUANTIZE_PARAMS = opaque(
  STRUCT_SIZES.llama_model_quantize_params,
);

/** `struct llama_sampler_chain_params`: one bool, returned by value. */
export const SAMPLER_CHAIN_PARAMS = { struct: ["u8"] } as const;

type FieldType = "i32" | "u32" | "bool" | "pointer";

interface Field {
  readonly offset: number;
  readonly type: FieldType;
}

/** Fields of `llama_model_params` that are read or written. */
export const MODEL_FIELDS = {
  n_gpu_layers: { offset: 16, type: "i32" },
  split_mode: { offset: 20, type: "i32" },
  load_mode: { offset: 24, type: "i32" },
  main_gpu: { offset: 32, type: "i32" },
  progress_callback: { offset: 48, type: "pointer" },
  use_extra_bufts: { offset: 74, type: "bool" },
} as const satisfies Record<string, Field>;

/** Fields of `llama_context_params` that are read or written. */
export const CONTEXT_FIELDS = {
  n_ctx: { offset: 0, type: "u32" },
  n_batch: { offset: 4, type: "u32" },
  n_ubatch: { offset: 8, type: "u32" },
  n_seq_max: { offset: 12, type: "u32" },
  n_outputs_max: { offset: 20, type: "u32" },
  n_threads: { offset: 28, type: "i32" },
  n_threads_batch: { offset: 32, type: "i32" },
  pooling_type: { offset: 44, type: "i32" },
  flash_attn_type: { offset: 52, type: "i32" },
  type_k: { offset: 104, type: "i32" },
  type_v: { offset: 108, type: "i32" },
  embeddings: { offset: 128, type: "bool" },
  offload_kqv: { offset: 129, type: "bool" },
  no_perf: { offset: 130, type: "bool" },
  swa_full: { offset: 132, type: "bool" },
  kv_unified: { offset: 133, type: "bool" },
} as const satisfies Record<string, Field>;

/** Fields of `llama_batch`. */
export const BATCH_FIELDS = {
  n_tokens: { offset: 0, type: "i32" },
  token: { offset: 8, type: "pointer" },
  pos: { offset: 24, type: "pointer" },
  n_seq_id: { offset: 32, type: "pointer" },
  seq_id: { offset: 40, type: "pointer" },
  logits: { offset: 48, type: "pointer" },
} as const satisfies Record<string, Field>;

/** Fields of `llama_model_quantize_params` that are read or written. */
export const QUANTIZE_FIELDS = {
  nthread: { offset: 0, type: "i32" },
  ftype: { offset: 4, type: "i32" },
  allow_requantize: { offset: 16, type: "bool" },
  quantize_output_tensor: { offset: 17, type: "bool" },
  only_copy: { offset: 18, type: "bool" },
  tt_overrides: { offset: 40, type: "pointer" },
} as const satisfies Record<string, Field>;

type FieldValues<F extends Record<string, Field>> = {
  readonly [K in keyof F]?: F[K]["type"] extends "bool" ? boolean
    : F[K]["type"] extends "pointer" ? Deno.PointerValue
    : number;
};

function write(view: DataView, field: Field, value: unknown): void {
  switch (field.type) {
    case "i32":
      return view.setInt32(field.offset, value as number, true);
    case "u32":
      return view.setUint32(field.offset, value as number, true);
    case "bool":
      return view.setUint8(field.offset, value ? 1 : 0);
    case "pointer": {
      const pointer = Deno.UnsafePointer.value(value as Deno.PointerValue);
      return view.setBigUint64(field.offset, BigInt(pointer), true);
    }
    default:
      field.type satisfies never;
  }
}

function viewOf(struct: Uint8Array): DataView {
  return new DataView(struct.buffer, struct.byteOffset, struct.byteLength);
}

/** Writes the given fields into a struct the library made. */
export function patch<F extends Record<string, Field>>(
  struct: Uint8Array,
  fields: F,
  values: FieldValues<F>,
): void {
  const view = viewOf(struct);
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (field !== undefined && value !== undefined) {
      write(view, field, value);
    }
  }
}

/** Reads one number or flag of a struct. */
export function readField(struct: Uint8Array, field: Field): number {
  const view = viewOf(struct);
  switch (field.type) {
    case "i32":
      return view.getInt32(field.offset, true);
    case "u32":
      return view.getUint32(field.offset, true);
    case "bool":
      return view.getUint8(field.offset);
    case "pointer":
      return Number(view.getBigUint64(field.offset, true));
    default:
      return field.type satisfies never;
  }
}
