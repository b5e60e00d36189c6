import { assert, assertEquals, assertMatch } from "@std/assert";
import { listDevices, openLibrary } from "../../../ffi/mod.ts";
import {
  CONTEXT_FIELDS,
  MODEL_FIELDS,
  readField,
  STRUCT_SIZES,
} from "../../../ffi/structs.ts";

const library = await openLibrary({
  flavour: "cpu",
  folder: Deno.env.get("TALLY_LLAMA_LIB") ?? "",
  cacheFolder: "",
});

Deno.test("the library is a release whose structs are known", () => {
  assertMatch(library.version, /^0\.[45]\.0/);
  assertEquals(library.flavour, "cpu");
});

Deno.test("llama_context_default_params() reads back what llama.h documents", () => {
  const params = library.llama.llama_context_default_params();
  assertEquals(params.length, STRUCT_SIZES.llama_context_params);
  const values = Object.fromEntries(
    Object.entries(CONTEXT_FIELDS)
      .map(([name, field]) => [name, readField(params, field)]),
  );
  assertEquals(values, {
    n_ctx: 512,
    n_batch: 2048,
    n_ubatch: 512,
    n_seq_max: 1,
    n_outputs_max: 0,
    n_threads: 4,
    n_threads_batch: 4,
    pooling_type: -1,
    flash_attn_type: -1,
    type_k: 1,
    type_v: 1,
    embeddings: 0,
    offload_kqv: 1,
    no_perf: 1,
    swa_full: 1,
    kv_unified: 0,
  });
});

Deno.test("llama_model_default_params() reads back what llama.h documents", () => {
  const params = library.llama.llama_model_default_params();
  assertEquals(params.length, STRUCT_SIZES.llama_model_params);
  const values = Object.fromEntries(
    Object.entries(MODEL_FIELDS)
      .map(([name, field]) => [name, readField(params, field)]),
  );
  assertEquals(values, {
    n_gpu_layers: -1,
    split_mode: 1,
    load_mode: -1,
    main_gpu: 0,
    progress_callback: 0,
    use_extra_bufts: 1,
  });
});

Deno.test("listDevices() finds the processor and its memory", () => {
  const [device] = listDevices(library);
  assertEquals(device?.type, "cpu");
  assert(device !== undefined && device.totalBytes > 0);
  assert(device.freeBytes <= device.totalBytes && device.name !== "");
});
