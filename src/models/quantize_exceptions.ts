/**
 * Tensors that stay more precise than the rest when weights are quantized to
 * four bits, because answers suffer otherwise: those that Ollama spares.
 *
 * @module
 */

/** Tensors, and the type they get whatever the file's is. */
export interface TypeException {
  /** A regular expression that finds their names. */
  readonly pattern: string;
  /** `enum ggml_type` */
  readonly type: number;
}

/** `enum ggml_type` of ggml.h */
const [F16, Q8_0] = [1, 8];

/** The projection that joins states and embeddings for the draft layer. */
const QWEN: readonly TypeException[] = [
  { pattern: "^blk\\.[0-9]+\\.nextn\\.eh_proj\\.weight$", type: Q8_0 },
];

/** What goes in and comes out of a small model. */
const GLM: readonly TypeException[] = [
  { pattern: "^token_embd\\.weight$", type: F16 },
  { pattern: "^output\\.weight$", type: F16 },
];

/** Small and critical matrices of latent attention. */
const DEEPSEEK: readonly TypeException[] = [
  "attn_k_b",
  "attn_q_a",
  "attn_q_b",
  "attn_v_b",
  "attn_kv_a_mqa",
].map((name) => ({ pattern: `${name}\\.weight$`, type: Q8_0 }));

const EXCEPTIONS: Readonly<Record<string, readonly TypeException[]>> = {
  deepseek2: DEEPSEEK,
  // Unlike other embeddings, it is read in every layer.
  gemma3n: [{ pattern: "^per_layer_token_embd\\.weight$", type: F16 }],
  glm4: GLM,
  glmocr: GLM,
  qwen35: QWEN,
  qwen35moe: QWEN,
};

/** The exceptions of an architecture, for a type to quantize to. */
export function typeExceptions(
  architecture: string,
  type: string | undefined,
): readonly TypeException[] {
  const isFourBit = type?.startsWith("Q4_K") ?? false;
  return isFourBit && Object.hasOwn(EXCEPTIONS, architecture)
    ? EXCEPTIONS[architecture] ?? []
    : [];
}
