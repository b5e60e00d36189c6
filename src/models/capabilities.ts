/**
 * What a model can do, from its file and its template.
 *
 * @module
 */

import type { GgufMetadata } from "./gguf.ts";
import type { Capability } from "./model.ts";

/** Architectures that only embed, whatever their header says of pooling. */
const EMBEDDING_ARCHITECTURES = [
  "bert",
  "eurobert",
  "gemma-embedding",
  "jina-bert-v2",
  "jina-bert-v3",
  "llama-embed",
  "modern-bert",
  "neo-bert",
  "nomic-bert",
  "nomic-bert-moe",
  "t5encoder",
];

/** What a template shows, for either kind of template. */
interface Signs {
  readonly tools: RegExp;
  readonly thinking: RegExp;
  readonly insert: RegExp;
}

const GO_SIGNS: Signs = {
  tools: /\.Tools\b/,
  thinking: /\.Thinking\b/,
  insert: /\.Suffix\b/,
};

const JINJA_SIGNS: Signs = {
  tools: /\btools\b|tool_call/,
  thinking: /<think>|enable_thinking|reasoning_content|<\|channel\|>/,
  insert: /(?!)/,
};

/** `enum llama_pooling_type`: the mean of all tokens, and the first one. */
const POOLS_ALL: readonly unknown[] = [1, 2];

/** `enum llama_pooling_type`: scores instead of a vector. */
const RANK = 4;

/** Whether it scores inputs, such as a question with a passage. */
export function ranks({ poolingType }: GgufMetadata): boolean {
  return poolingType === RANK;
}

/** Whether it can choose a next token, however it is used. */
export function hasOutputHead({ architecture }: GgufMetadata): boolean {
  return !EMBEDDING_ARCHITECTURES.includes(architecture);
}

/** Whether an input to embed has to be evaluated in one step. */
export function readsWholeInputs(metadata: GgufMetadata): boolean {
  const { architecture, poolingType, values } = metadata;
  return !hasOutputHead(metadata) || POOLS_ALL.includes(poolingType) ||
    values[`${architecture}.attention.causal`] === false;
}

function embeds(metadata: GgufMetadata): boolean {
  return metadata.poolingType !== undefined ||
    EMBEDDING_ARCHITECTURES.includes(metadata.architecture);
}

/** What it reads to score a passage, with `{query}` and `{document}` in it. */
export function rerankTemplate({ values }: GgufMetadata): string | undefined {
  const template = values["tokenizer.chat_template.rerank"];
  return typeof template === "string" ? template : undefined;
}

/** Capabilities in Ollama's order, then those that are not Ollama's. */
export function capabilitiesOf(
  metadata: GgufMetadata,
  goTemplate: string | undefined,
): Capability[] {
  if (embeds(metadata)) {
    return ranks(metadata) ? ["embedding", "rerank"] : ["embedding"];
  }
  const template = goTemplate ?? metadata.chatTemplate ?? "";
  const signs = goTemplate === undefined ? JINJA_SIGNS : GO_SIGNS;
  const capabilities: Capability[] = ["completion"];
  for (const capability of ["tools", "insert", "thinking"] as const) {
    if (signs[capability].test(template)) {
      capabilities.push(capability);
    }
  }
  return capabilities;
}
