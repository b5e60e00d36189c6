/**
 * What can be asked of a model.
 *
 * @module
 */

import type {
  AnswerFormat,
  Caller,
  ChatMessage,
  GenerationLimits,
  RunnerOptions,
  SamplingParams,
} from "../generation.ts";
import type { PromptPart, Question } from "../messages.ts";
import type { ResolvedModel } from "../models/model.ts";

/** What a generation starts from. */
export type Prompt =
  | { readonly type: "raw"; readonly parts: readonly PromptPart[] }
  | ChatPrompt;

/** Whether tools may, must not or must be called, or which one must be. */
export type ToolChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly name: string };

/** Turns to be rendered by the model's template. */
export interface ChatPrompt {
  readonly type: "chat";
  readonly messages: readonly ChatMessage[];
  /** Tokens of an earlier exchange that go before. */
  readonly prefix?: readonly number[];
  readonly tools?: readonly unknown[];
  /** Absent is `auto`. */
  readonly toolChoice?: ToolChoice;
  readonly think?: boolean | string;
  /** Tokens of thinking at most; absent: as many as the model likes. */
  readonly thinkingTokens?: number;
  readonly suffix?: string;
  /** Further variables of a Jinja template. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Go template instead of the model's own. */
  readonly template?: string;
}

/** What every piece of work says about itself. */
export interface Work {
  readonly model: ResolvedModel;
  /** For the ledger. Generations of one caller are one request. */
  readonly caller: Caller;
  readonly runner: RunnerOptions;
  /** Milliseconds; Infinity keeps it for ever; absent: the server's. */
  readonly keepAliveMs?: number;
}

/** One generation. */
export interface GenerationRequest extends Work {
  readonly prompt: Prompt;
  readonly sampling: SamplingParams;
  readonly limits: GenerationLimits;
  readonly format?: AnswerFormat;
  /** Log probabilities: alternatives for each token, 0 for none. */
  readonly logprobs?: number;
  readonly wantContext: boolean;
}

/** Texts to embed. */
export interface EmbeddingRequest extends Work {
  readonly inputs: readonly PromptPart[];
  /** Each input is a passage to be scored by it; for models that rank. */
  readonly question?: Question;
  readonly truncate: boolean;
  /** Vectors as long as the model makes them, instead of length 1. */
  readonly raw?: boolean;
}
