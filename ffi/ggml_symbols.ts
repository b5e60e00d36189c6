/**
 * The functions of ggml.h and ggml-backend.h that are called, each parameter
 * with its C declaration. Names are C's.
 *
 * @module
 */

/** libggml: finding backends and devices. */
export const GGML_SYMBOLS = {
  ggml_backend_load_all_from_path: {
    parameters: ["buffer"], // const char * dir_path
    result: "void",
  },
  ggml_backend_dev_count: { parameters: [], result: "usize" },
  ggml_backend_dev_get: {
    parameters: ["usize"], // size_t index
    result: "pointer",
  },
  ggml_backend_dev_by_type: {
    parameters: ["i32"], // enum ggml_backend_dev_type type
    result: "pointer",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** libggml-base: asking devices. */
export const GGML_BASE_SYMBOLS = {
  ggml_backend_dev_name: {
    parameters: ["pointer"], // ggml_backend_dev_t device
    result: "pointer",
  },
  ggml_backend_dev_description: {
    parameters: ["pointer"], // ggml_backend_dev_t device
    result: "pointer",
  },
  ggml_backend_dev_type: {
    parameters: ["pointer"], // ggml_backend_dev_t device
    result: "i32",
  },
  ggml_backend_dev_memory: {
    parameters: [
      "pointer", // ggml_backend_dev_t device
      "buffer", // size_t * free
      "buffer", // size_t * total
    ],
    result: "void",
  },
  ggml_backend_dev_backend_reg: {
    parameters: ["pointer"], // ggml_backend_dev_t device
    result: "pointer",
  },
  ggml_backend_reg_get_proc_address: {
    parameters: [
      "pointer", // ggml_backend_reg_t reg
      "buffer", // const char * name
    ],
    result: "pointer",
  },
  ggml_threadpool_params_init: {
    parameters: [
      "buffer", // struct ggml_threadpool_params * p
      "i32", // int n_threads
    ],
    result: "void",
  },
} as const satisfies Deno.ForeignLibraryInterface;
