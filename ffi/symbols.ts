/**
 * The functions of llama.h that are called, each parameter with its C
 * declaration. Names are C's.
 *
 * @module
 */

import {
  BATCH,
  CONTEXT_PARAMS,
  MODEL_PARAMS,
  QUANTIZE_PARAMS,
  SAMPLER_CHAIN_PARAMS,
} from "./structs.ts";

/** libllama */
export const LLAMA_SYMBOLS = {
  llama_version: { parameters: [], result: "pointer" },
  llama_backend_init: { parameters: [], result: "void" },
  llama_backend_free: { parameters: [], result: "void" },
  llama_model_default_params: { parameters: [], result: MODEL_PARAMS },
  llama_context_default_params: { parameters: [], result: CONTEXT_PARAMS },
  llama_sampler_chain_default_params: {
    parameters: [],
    result: SAMPLER_CHAIN_PARAMS,
  },
  llama_model_quantize_default_params: {
    parameters: [],
    result: QUANTIZE_PARAMS,
  },
  // Minutes of work on threads of its own: the event loop goes on meanwhile.
  llama_model_quantize: {
    parameters: [
      "buffer", // const char * fname_inp
      "buffer", // const char * fname_out
      "buffer", // const llama_model_quantize_params * params
    ],
    result: "u32",
    nonblocking: true,
  },
  llama_model_load_from_file: {
    parameters: [
      "buffer", // const char * path_model
      MODEL_PARAMS, // struct llama_model_params params
    ],
    result: "pointer",
  },
  llama_model_free: {
    parameters: ["pointer"], // struct llama_model * model
    result: "void",
  },
  llama_init_from_model: {
    parameters: [
      "pointer", // struct llama_model * model
      CONTEXT_PARAMS, // struct llama_context_params params
    ],
    result: "pointer",
  },
  llama_free: {
    parameters: ["pointer"], // struct llama_context * ctx
    result: "void",
  },
  llama_attach_threadpool: {
    parameters: [
      "pointer", // struct llama_context * ctx
      "pointer", // ggml_threadpool_t threadpool
      "pointer", // ggml_threadpool_t threadpool_batch
    ],
    result: "void",
  },
  llama_detach_threadpool: {
    parameters: ["pointer"], // struct llama_context * ctx
    result: "void",
  },
  llama_set_n_threads: {
    parameters: [
      "pointer", // struct llama_context * ctx
      "i32", // int32_t n_threads
      "i32", // int32_t n_threads_batch
    ],
    result: "void",
  },
  llama_get_memory: {
    parameters: ["pointer"], // const struct llama_context * ctx
    result: "pointer",
  },
  llama_pooling_type: {
    parameters: ["pointer"], // const struct llama_context * ctx
    result: "i32",
  },
  llama_model_get_vocab: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "pointer",
  },
  llama_model_n_embd_out: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "i32",
  },
  llama_model_n_cls_out: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "u32",
  },
  llama_model_n_layer: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "i32",
  },
  llama_model_size: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "u64",
  },
  llama_model_has_encoder: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "bool",
  },
  llama_model_has_decoder: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "bool",
  },
  llama_adapter_lora_init: {
    parameters: [
      "pointer", // struct llama_model * model
      "buffer", // const char * path_lora
    ],
    result: "pointer",
  },
  llama_set_adapters_lora: {
    parameters: [
      "pointer", // struct llama_context * ctx
      "buffer", // struct llama_adapter_lora ** adapters
      "usize", // size_t n_adapters
      "buffer", // float * scales
    ],
    result: "i32",
  },
  llama_vocab_n_tokens: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "i32",
  },
  llama_vocab_is_eog: {
    parameters: [
      "pointer", // const struct llama_vocab * vocab
      "i32", // llama_token token
    ],
    result: "bool",
  },
  llama_vocab_bos: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "i32",
  },
  llama_vocab_eos: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "i32",
  },
  llama_vocab_sep: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "i32",
  },
  llama_vocab_get_add_bos: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "bool",
  },
  llama_vocab_get_add_eos: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "bool",
  },
  llama_vocab_get_add_sep: {
    parameters: ["pointer"], // const struct llama_vocab * vocab
    result: "bool",
  },
  llama_vocab_get_suppress_tokens: {
    parameters: [
      "pointer", // const struct llama_vocab * vocab
      "buffer", // int32_t * n_suppress_tokens
    ],
    result: "pointer",
  },
  llama_tokenize: {
    parameters: [
      "pointer", // const struct llama_vocab * vocab
      "buffer", // const char * text
      "i32", // int32_t text_len
      "buffer", // llama_token * tokens
      "i32", // int32_t n_tokens_max
      "bool", // bool add_special
      "bool", // bool parse_special
    ],
    result: "i32",
  },
  llama_token_to_piece: {
    parameters: [
      "pointer", // const struct llama_vocab * vocab
      "i32", // llama_token token
      "buffer", // char * buf
      "i32", // int32_t length
      "i32", // int32_t lstrip
      "bool", // bool special
    ],
    result: "i32",
  },
  llama_encode: {
    parameters: [
      "pointer", // struct llama_context * ctx
      BATCH, // struct llama_batch batch
    ],
    result: "i32",
  },
  llama_decode: {
    parameters: [
      "pointer", // struct llama_context * ctx
      BATCH, // struct llama_batch batch
    ],
    result: "i32",
  },
  llama_get_logits_ith: {
    parameters: [
      "pointer", // struct llama_context * ctx
      "i32", // int32_t i
    ],
    result: "pointer",
  },
  llama_get_embeddings_ith: {
    parameters: [
      "pointer", // struct llama_context * ctx
      "i32", // int32_t i
    ],
    result: "pointer",
  },
  llama_get_embeddings_seq: {
    parameters: [
      "pointer", // struct llama_context * ctx
      "i32", // llama_seq_id seq_id
    ],
    result: "pointer",
  },
  llama_memory_clear: {
    parameters: [
      "pointer", // llama_memory_t mem
      "bool", // bool data
    ],
    result: "void",
  },
  llama_memory_seq_rm: {
    parameters: [
      "pointer", // llama_memory_t mem
      "i32", // llama_seq_id seq_id
      "i32", // llama_pos p0
      "i32", // llama_pos p1
    ],
    result: "bool",
  },
  llama_memory_seq_cp: {
    parameters: [
      "pointer", // llama_memory_t mem
      "i32", // llama_seq_id seq_id_src
      "i32", // llama_seq_id seq_id_dst
      "i32", // llama_pos p0
      "i32", // llama_pos p1
    ],
    result: "void",
  },
  llama_memory_seq_add: {
    parameters: [
      "pointer", // llama_memory_t mem
      "i32", // llama_seq_id seq_id
      "i32", // llama_pos p0
      "i32", // llama_pos p1
      "i32", // llama_pos delta
    ],
    result: "void",
  },
  llama_memory_can_shift: {
    parameters: ["pointer"], // llama_memory_t mem
    result: "bool",
  },
  llama_model_is_recurrent: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "bool",
  },
  llama_model_is_hybrid: {
    parameters: ["pointer"], // const struct llama_model * model
    result: "bool",
  },
  llama_sampler_chain_init: {
    parameters: [SAMPLER_CHAIN_PARAMS], // struct llama_sampler_chain_params params
    result: "pointer",
  },
  llama_sampler_chain_add: {
    parameters: [
      "pointer", // struct llama_sampler * chain
      "pointer", // struct llama_sampler * smpl
    ],
    result: "void",
  },
  llama_sampler_free: {
    parameters: ["pointer"], // struct llama_sampler * smpl
    result: "void",
  },
  llama_sampler_accept: {
    parameters: [
      "pointer", // struct llama_sampler * smpl
      "i32", // llama_token token
    ],
    result: "void",
  },
  llama_sampler_sample: {
    parameters: [
      "pointer", // struct llama_sampler * smpl
      "pointer", // struct llama_context * ctx
      "i32", // int32_t idx
    ],
    result: "i32",
  },
  llama_sampler_init_greedy: { parameters: [], result: "pointer" },
  llama_sampler_init_dist: {
    parameters: ["u32"], // uint32_t seed
    result: "pointer",
  },
  llama_sampler_init_top_k: {
    parameters: ["i32"], // int32_t k
    result: "pointer",
  },
  llama_sampler_init_top_p: {
    parameters: [
      "f32", // float p
      "usize", // size_t min_keep
    ],
    result: "pointer",
  },
  llama_sampler_init_min_p: {
    parameters: [
      "f32", // float p
      "usize", // size_t min_keep
    ],
    result: "pointer",
  },
  llama_sampler_init_typical: {
    parameters: [
      "f32", // float p
      "usize", // size_t min_keep
    ],
    result: "pointer",
  },
  llama_sampler_init_temp: {
    parameters: ["f32"], // float t
    result: "pointer",
  },
  llama_sampler_init_penalties: {
    parameters: [
      "i32", // int32_t n_vocab
      "i32", // int32_t penalty_last_n
      "f32", // float penalty_repeat
      "f32", // float penalty_freq
      "f32", // float penalty_present
    ],
    result: "pointer",
  },
  llama_sampler_init_logit_bias: {
    parameters: [
      "i32", // int32_t n_vocab
      "i32", // int32_t n_logit_bias
      "buffer", // const llama_logit_bias * logit_bias
    ],
    result: "pointer",
  },
} as const satisfies Deno.ForeignLibraryInterface;
