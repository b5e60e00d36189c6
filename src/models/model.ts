/**
 * What a model name stands for once the store has been asked.
 *
 * @module
 */

import type { ChatMessage } from "../generation.ts";
import type { ModelName } from "./name.ts";
import type { GgufMetadata } from "./gguf.ts";
import type { Description } from "./description.ts";

/** What a model can do, in Ollama's words. */
export type Capability =
  | "completion"
  | "tools"
  | "insert"
  | "vision"
  | "embedding"
  | "rerank"
  | "thinking";

/** A model on disk with everything its manifest says. */
export interface ResolvedModel {
  /** As in the store, case kept. */
  readonly name: ModelName;
  /** Shortest text that names it; the ledger's key. */
  readonly shortName: string;
  /** SHA-256 of the manifest, 64 hex digits. */
  readonly digest: string;
  /** Manifest and blobs together, bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** The GGUF file. */
  readonly weightsPath: string;
  /** `sha256:…` of the weights; equal weights share an engine. */
  readonly weightsDigest: string;
  /** LoRA adapters, GGUF files. */
  readonly adapterPaths: readonly string[];
  /** Encoders of images or sound, GGUF files. */
  readonly projectorPaths: readonly string[];
  readonly metadata: GgufMetadata;
  /** For lists: the config's words, or else the file's own. */
  readonly described: Description;
  /** The model it was made from, its tag shown. */
  readonly parentModel?: string;
  readonly capabilities: readonly Capability[];
  /** Go template of the TEMPLATE layer. Absent: the GGUF's own Jinja. */
  readonly template?: string;
  /** The GGUF's own template is used although there is another one. */
  readonly prefersOwnTemplate?: true;
  readonly system?: string;
  /** PARAMETER values, as JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** MESSAGE turns that come before the conversation. */
  readonly messages: readonly ChatMessage[];
  readonly license: readonly string[];
  /** Ollama's own template engine for the model, by name. */
  readonly renderer?: string;
  /** Ollama's own reader of the model's answers, by name. */
  readonly parser?: string;
  /** Oldest version of Ollama that runs it. */
  readonly requires?: string;
}
