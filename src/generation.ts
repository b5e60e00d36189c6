/**
 * The domain words of the server: what is asked of a model, what it answers
 * and how it is counted. Wire formats meet only here.
 *
 * @module
 */

/** How a token is chosen. Names and defaults are Ollama's. */
export interface SamplingParams {
  /** 0 picks the likeliest token. Defaults to 0.8. */
  readonly temperature: number;
  /** Candidates kept, 0 keeps all. Defaults to 40. */
  readonly topK: number;
  /** Probability mass kept. Defaults to 0.9. */
  readonly topP: number;
  /** Smallest probability kept, relative to the likeliest. Defaults to 0. */
  readonly minP: number;
  /** Locally typical mass kept, 1 keeps all. Defaults to 1. */
  readonly typicalP: number;
  /** Tokens looked back on for penalties, -1 is the context. Defaults to 64. */
  readonly repeatLastN: number;
  /** 1 is none. Defaults to 1. */
  readonly repeatPenalty: number;
  /** Defaults to 0. */
  readonly presencePenalty: number;
  /** Defaults to 0. */
  readonly frequencyPenalty: number;
  /** Absent draws a fresh seed for each request. */
  readonly seed?: number;
  /** Added to what the model says of these tokens before one is chosen. */
  readonly logitBias?: readonly LogitBias[];
  /** The model cannot end the answer; its limits do. */
  readonly ignoreEnd?: boolean;
}

/** How much likelier a token shall be; -100 bans it, 100 forces it. */
export interface LogitBias {
  readonly token: number;
  readonly bias: number;
}

/** What an answer must keep to: JSON, a JSON Schema, or a GBNF grammar. */
export type AnswerFormat =
  | { readonly type: "json" }
  | { readonly type: "gbnf"; readonly grammar: string }
  | { readonly type: "schema"; readonly schema: unknown };

/** When a generation ends and what happens when the context is full. */
export interface GenerationLimits {
  /** Tokens generated at most, absent is unlimited. */
  readonly maxTokens?: number;
  /** Strings that end the answer and are not part of it. */
  readonly stop: readonly string[];
  /** First prompt tokens that survive truncation and shifting. */
  readonly keepTokens: number;
  /** Cut a prompt that is too long in the middle, or fail. */
  readonly truncate: boolean;
  /** Discard the oldest tokens when the context is full, or end. */
  readonly shift: boolean;
}

/** How long a model may think before it has to answer. */
export interface ThinkingLimit {
  /** Tokens of thinking at most. */
  readonly tokens: number;
  /** Text that begins the thinking; "" when the prompt has begun it. */
  readonly open: string;
  /** Text that ends it. */
  readonly close: string;
}

/** What a model is loaded with; other values mean another load. */
export interface RunnerOptions {
  /** Tokens of context a sequence may use. Absent: the server's default. */
  readonly contextLength?: number;
  /** Tokens evaluated in one step at most. Defaults to 512. */
  readonly batchSize: number;
  /** Layers on the GPU, -1 as many as fit. */
  readonly gpuLayers: number;
  /** Index of the GPU that holds a model that is not split. */
  readonly mainGpu: number;
  /** Map the file instead of reading it. Absent: the library decides. */
  readonly useMmap?: boolean;
  /** Compute threads, 0 as many as the machine has cores to give. */
  readonly threads: number;
}

/** Tokens by kind. The whole prompt is `cached + computed`. */
export interface TokenCounts {
  /** Prompt tokens found in the cache. */
  readonly cached: number;
  /** Prompt tokens evaluated. */
  readonly computed: number;
  /** Tokens generated, the end token and withheld ones included. */
  readonly generated: number;
}

/** No tokens at all. */
export const NO_TOKENS: TokenCounts = { cached: 0, computed: 0, generated: 0 };

/** How a request ended, for the ledger; rejected ones were not begun. */
export type Outcome = "completed" | "cancelled" | "failed" | "rejected";

/** Key of requests that name none. */
export const ANONYMOUS = "anonymous";

/** Paths of the routes that rerank, by the names that clients know. */
export const RERANK_ENDPOINTS = [
  "/api/rerank",
  "/v1/rerank",
  "/v1/reranking",
  "/v2/rerank",
  "/rerank",
  "/reranking",
] as const;

/** Who asks, and through which door: one HTTP request. */
export interface Caller {
  /** Unique; what the answer's id ends with. */
  readonly id: string;
  /** Path of the route. */
  readonly endpoint: string;
  /** Name of the API key. */
  readonly key: string;
  /** Whom the client says it asks for, as OpenAI's `user`; may be empty. */
  readonly endUser: string;
  /** Headers that name the trace it is part of, as W3C Trace Context has them. */
  readonly trace?: Readonly<Record<string, string>>;
}

/** Why a generation ended by itself. */
export type FinishReason = "stop" | "length";

/** Where the time went, in integer nanoseconds. */
export interface Timings {
  readonly promptNs: number;
  readonly decodeNs: number;
}

/** Facts about a prompt that did not fit: tokens before and after the cut. */
export interface Truncation {
  readonly originalTokens: number;
  readonly keptTokens: number;
}

/** How likely a token was, as the natural logarithm. */
export interface Candidate {
  /** The token's number. */
  readonly id: number;
  /** The token's text; what is no whole UTF-8 shows only in `bytes`. */
  readonly token: string;
  readonly bytes: readonly number[];
  readonly logprob: number;
}

/** A generated token and the likeliest ones in its place. */
export interface TokenLogprob extends Candidate {
  /** Likeliest first, as many as were asked for. */
  readonly top: readonly Candidate[];
}

/** A part of the answer that is certain. */
export interface TextEvent {
  readonly type: "text" | "thinking";
  /** May be empty when only log probabilities have come. */
  readonly text: string;
  /** Of the tokens since the last event, when asked for. */
  readonly logprobs?: readonly TokenLogprob[];
}

/** What comes out of one generation, in order; the last is `done`. */
export type GenerationEvent =
  | TextEvent
  | { readonly type: "call"; readonly call: ToolCall }
  | GenerationDone;

/** What happens to a generation once its model is loaded. */
export type AnswerEvent = Started | GenerationEvent;

/** Comes first, when the model has read the prompt. */
export interface Started {
  readonly type: "started";
  /** Nanoseconds until the model was there. */
  readonly loadNs: number;
  /** Tokens of the prompt. */
  readonly prompt: Omit<TokenCounts, "generated">;
}

/** The last event of a generation that ended by itself. */
export interface GenerationDone {
  readonly type: "done";
  readonly reason: FinishReason;
  readonly counts: TokenCounts;
  /** Of the generated tokens, those that were thinking. */
  readonly reasoningTokens: number;
  readonly timings: Timings;
  /** The stop string that ended the answer. */
  readonly stopString?: string;
  /** Prompt and answer as tokens, when asked for. */
  readonly context?: readonly number[];
  /** Present when the prompt was cut to fit. */
  readonly truncation?: Truncation;
}

/** One turn of a conversation, as chat templates see it. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly thinking?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly toolName?: string;
  readonly toolCallId?: string;
  /** Base64 pictures. */
  readonly images?: readonly string[];
}

/** A function call a model made. */
export interface ToolCall {
  readonly id?: string;
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}
