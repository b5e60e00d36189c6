/**
 * What is said when a model is made: the wish, and the progress.
 *
 * @module
 */

/** What is asked for; names are those of `POST /api/create`. */
export interface CreateInput {
  readonly model: string;
  readonly name?: string;
  readonly from: string;
  /** File names to digests of uploaded blobs. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  readonly adapters?: Readonly<Record<string, string>> | undefined;
  readonly template: string;
  /** A text or a list of texts. */
  readonly license?: unknown;
  readonly system: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly messages: readonly object[];
  readonly quantize: string;
  readonly quantization: string;
  /** For Ollama, which has renderers and parsers of its own, by name. */
  readonly renderer?: string;
  readonly parser?: string;
  /** Oldest version of Ollama that runs the model. */
  readonly requires?: string;
  /** What lists shall tell of the model instead of what its file says. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** Draft models run only in Ollama; they are refused. */
  readonly draft_files?: Readonly<Record<string, string>> | undefined;
  readonly draft_quantize?: string;
  /** A server that runs the model instead of this one; it is refused. */
  readonly remote_host?: string;
}

/** One line of progress. */
export interface CreateProgress {
  readonly status: string;
  /** Of work that takes long: bytes there are, and bytes that are done. */
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
}

/** Fetches a model by its name, and tells how it goes. */
export type Pull = (model: string) => AsyncGenerator<CreateProgress>;
