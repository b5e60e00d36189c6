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

function embeds(metadata: GgufMetadata): boolean {
  return metadata.poolingType !== undefined ||
    EMBEDDING_ARCHITECTURES.includes(metadata.architecture);
}

/** Capabilities in Ollama's order. */
export function capabilitiesOf(
  metadata: GgufMetadata,
  goTemplate: string | undefined,
): Capability[] {
  if (embeds(metadata)) {
    return ["embedding"];
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
