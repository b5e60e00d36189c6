/**
 * Everything that crosses the border between the server and an engine
 * process: one JSON value a line, commands on the engine's standard input,
 * events on its standard output. Plain data, every request with its id.
 *
 * @module
 */

import type {
  FinishReason,
  GenerationLimits,
  SamplingParams,
  ThinkingLimit,
  Timings,
  TokenCounts,
  TokenLogprob,
  Truncation,
} from "./generation.ts";

/** The native library to load: `auto` looks at what the machine has. */
export type GpuFlavour = "auto" | "cpu" | "cuda" | "vulkan" | "metal";

/** What an engine takes beside its model, in bytes: code and the runtime. */
export const ENGINE_BYTES = 100 * 2 ** 20;

/** What an engine loads, once, before anything else. */
export interface EngineSpec {
  /** The GGUF file. */
  readonly modelPath: string;
  /** LoRA adapters, applied in order. */
  readonly adapterPaths: readonly string[];
  /** Tokens one sequence may hold. */
  readonly contextLength: number;
  /** Sequences evaluated side by side. */
  readonly parallel: number;
  /** Tokens evaluated in one step at most; inputs to embed may take several. */
  readonly batchSize: number;
  /** Compute threads. */
  readonly threads: number;
  /** Layers on the GPU, -1 as many as fit. */
  readonly gpuLayers: number;
  /** Layers the model has, by its header. */
  readonly layers: number;
  /** Bytes of the cache of all sequences, by the model's header. */
  readonly cacheBytes: number;
  /** Bytes of activations and outputs, by the model's header. */
  readonly computeBytes: number;
  readonly mainGpu: number;
  readonly useMmap?: boolean;
  readonly flashAttention: "auto" | "on" | "off";
  readonly kvCacheType: "f16" | "q8_0" | "q4_0";
  readonly flavour: GpuFlavour;
  /** The model embeds and does not generate. */
  readonly embedding: boolean;
}

/**
 * What `tally engine --quantize` is to do, on its standard input: write a GGUF
 * file again, with smaller numbers or its parts as one. Its log tells how far
 * it is; its exit status, whether it is done.
 */
export interface QuantizeJob {
  /** The file, or its parts in order. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** `enum llama_ftype`; the tensors stay as they are when absent. */
  readonly fileType?: number;
  /** Tensors, by regular expressions, with an `enum ggml_type` of their own. */
  readonly exceptions: readonly {
    readonly pattern: string;
    readonly type: number;
  }[];
  /** A folder that is there for this job only. */
  readonly workFolder: string;
}

/** Server to engine. `load` comes first and once. */
export type EngineCommand =
  | LoadCommand
  | GenerateCommand
  | EmbedCommand
  | TokenizeCommand
  | DetokenizeCommand
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "threads"; readonly count: number };

/** Loads the model. */
export interface LoadCommand {
  readonly type: "load";
  readonly spec: EngineSpec;
  /** System memory there is for it. Absent: let the library try. */
  readonly availableBytes?: number;
}

/** Text, its special tokens parsed; or tokens as they are. */
export type PromptPart = string | readonly number[];

/** Generates from one prompt. */
export interface GenerateCommand {
  readonly type: "generate";
  readonly id: number;
  /** The prompt in order. Only a text that comes first gets a BOS token. */
  readonly prompt: readonly PromptPart[];
  readonly sampling: SamplingParams;
  readonly limits: GenerationLimits;
  /** JSON Schema, as text, that the answer must keep to. */
  readonly schema?: string;
  /** Grammar of the answer instead, in the EBNF of XGrammar. */
  readonly ebnf?: string;
  /** Text after which either holds, such as the end of thinking. */
  readonly schemaAfter?: string;
  /** Absent: as long as the model likes. */
  readonly thinking?: ThinkingLimit;
  /** Answer prompt and generated tokens in `done.context`. */
  readonly wantContext: boolean;
  /** Control tokens that do not end the answer appear in its text. */
  readonly controlTokens?: boolean;
  /** Tell log probabilities, with so many alternatives for each token. */
  readonly logprobs?: number;
}

/** What a model that ranks scores passages by. */
export interface Question {
  readonly text: string;
  /**
   * What the model reads, with `{query}` and `{document}` in it. Absent: the
   * two texts with the model's own marks around them.
   */
  readonly template?: string;
}

/** Embeds texts, one vector each. */
export interface EmbedCommand {
  readonly type: "embed";
  readonly id: number;
  readonly inputs: readonly PromptPart[];
  /** Each input is a passage to be scored by it. */
  readonly question?: Question;
  /** Cut an input that is too long, or fail. */
  readonly truncate: boolean;
}

/** Text to tokens; evaluates nothing. */
export interface TokenizeCommand {
  readonly type: "tokenize";
  readonly id: number;
  readonly text: string;
  /** Add the tokens the model wants at the beginning and end. */
  readonly addSpecial: boolean;
}

/** Tokens to text; evaluates nothing. */
export interface DetokenizeCommand {
  readonly type: "detokenize";
  readonly id: number;
  readonly tokens: readonly number[];
}

/** Engine to server. */
export type EngineEvent =
  | { readonly type: "loading"; readonly progress: number }
  | { readonly type: "ready"; readonly info: EngineInfo }
  | LoadFailedEvent
  | StepEvent;

/** The engine ends without a model. */
export interface LoadFailedEvent {
  readonly type: "load_failed";
  readonly message: string;
  /** Nothing was tried; the message says it all. */
  readonly refused?: boolean;
}

/** One engine step: what happened to each request, and the sums after it. */
export interface StepEvent {
  readonly type: "step";
  readonly events: readonly RequestEvent[];
  /** Tokens since the engine started, all requests together. */
  readonly totals: TokenCounts;
}

/** What an engine knows once its model is loaded. */
export interface EngineInfo {
  /** Release of the native library. */
  readonly libraryVersion: string;
  readonly flavour: Exclude<GpuFlavour, "auto">;
  /** Tokens one sequence may hold, after the library's rounding. */
  readonly contextLength: number;
  readonly parallel: number;
  readonly embeddingLength: number;
  readonly vocabularySize: number;
  /** Text of the tokens templates ask for; empty when the model has none. */
  readonly bosText: string;
  readonly eosText: string;
  /** Bytes of weights, cache and compute buffers, all memory together. */
  readonly sizeBytes: number;
  /** Of these, bytes on GPUs. */
  readonly gpuBytes: number;
  /** Layers on the GPU. */
  readonly gpuLayers: number;
}

/** What happened to one request in a step. Counts are since its start. */
export type RequestEvent =
  | {
    readonly type: "progress";
    readonly id: number;
    readonly counts: TokenCounts;
    /** Whole UTF-8 text that may be shown now; may be empty. */
    readonly text: string;
    /** Of the tokens since the last event, when asked for. */
    readonly logprobs?: readonly TokenLogprob[];
  }
  | {
    readonly type: "done";
    readonly id: number;
    readonly reason: FinishReason;
    readonly counts: TokenCounts;
    readonly timings: Timings;
    /** Text that was held back until the end was known. */
    readonly text: string;
    readonly logprobs?: readonly TokenLogprob[];
    /** The stop string that ended the answer. */
    readonly stopString?: string;
    readonly context?: readonly number[];
    readonly truncation?: Truncation;
  }
  | {
    readonly type: "embedded";
    readonly id: number;
    readonly counts: TokenCounts;
    readonly timings: Timings;
    /** Base64 of little-endian 32-bit floats, L2-normalised, one an input. */
    readonly vectors: readonly string[];
  }
  | {
    readonly type: "tokenized";
    readonly id: number;
    readonly tokens: readonly number[];
  }
  | {
    readonly type: "detokenized";
    readonly id: number;
    /** Bytes of each token. */
    readonly pieces: readonly (readonly number[])[];
  }
  | {
    readonly type: "cancelled";
    readonly id: number;
    readonly counts: TokenCounts;
  }
  | {
    readonly type: "failed";
    readonly id: number;
    readonly counts: TokenCounts;
    readonly error: EngineFailure;
  };

/** Why a request failed inside an engine that lives on. */
export interface EngineFailure {
  readonly kind: "prompt_too_long" | "bad_request" | "internal";
  readonly message: string;
  /** With `prompt_too_long`: tokens the prompt has. */
  readonly promptTokens?: number;
}
