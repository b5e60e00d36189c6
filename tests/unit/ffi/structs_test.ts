import { assert, assertEquals } from "@std/assert";
import {
  BATCH_FIELDS,
  CONTEXT_FIELDS,
  MODEL_FIELDS,
  patch,
  QUANTIZE_FIELDS,
  readField,
  STRUCT_SIZES,
} from "../../../ffi/structs.ts";

const BYTES = { bool: 1, i32: 4, u32: 4, pointer: 8 } as const;

Deno.test("fields lie in their structs, aligned and apart", () => {
  const tables = [
    [MODEL_FIELDS, STRUCT_SIZES.llama_model_params],
    [CONTEXT_FIELDS, STRUCT_SIZES.llama_context_params],
    [BATCH_FIELDS, STRUCT_SIZES.llama_batch],
    [QUANTIZE_FIELDS, STRUCT_SIZES.llama_model_quantize_params],
  ] as const;
  for (const [fields, size] of tables) {
    let end = 0;
    for (const [name, { offset, type }] of Object.entries(fields)) {
      assert(offset >= end, `${name} overlaps`);
      assertEquals(offset % BYTES[type as keyof typeof BYTES], 0, name);
      end = offset + BYTES[type as keyof typeof BYTES];
    }
    assert(end <= size);
  }
});

Deno.test("patch() writes the named fields and nothing else", () => {
  const struct = new Uint8Array(STRUCT_SIZES.llama_context_params).fill(0xff);
  patch(struct, CONTEXT_FIELDS, {
    n_ctx: 3_000_000_000,
    flash_attn_type: -1,
    kv_unified: false,
  });
  assertEquals(readField(struct, CONTEXT_FIELDS.n_ctx), 3_000_000_000);
  assertEquals(readField(struct, CONTEXT_FIELDS.flash_attn_type), -1);
  assertEquals(readField(struct, CONTEXT_FIELDS.kv_unified), 0);
  const changed = [...struct].filter((byte) => byte !== 0xff).length;
  assertEquals(changed, 5);
});
