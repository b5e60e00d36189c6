/**
 * Ollama's wire types: requests as schemas, answers as interfaces.
 *
 * @module
 */

import * as v from "valibot";
import { OPTION_TYPES } from "../model_options.ts";
import {
  anyMap,
  bool,
  int,
  record,
  slice,
  struct,
  text,
  textMap,
} from "./go_struct.ts";
import { keepAlive } from "./keep_alive.ts";

const image = text;

/** Routes say in their own words that it must not be empty. */
const model = v.optional(v.pipe(text, v.metadata({ minLength: 1 })), "");

/** Types of options as JSON Schema has them; fractions of integers are cut. */
const OPTION_SCHEMAS = {
  integer: { type: ["number", "null"] },
  float32: { type: ["number", "null"] },
  boolean: { type: ["boolean", "null"] },
  array: { type: ["array", "null"], items: { type: "string" } },
};

/** `options`, which `model_options.ts` checks. */
const options = v.pipe(
  anyMap,
  v.metadata({
    properties: Object.fromEntries(
      Object.entries(OPTION_TYPES)
        .map(([name, type]) => [name, OPTION_SCHEMAS[type]]),
    ),
  }),
);

/** `format`, which `ollama_request.ts` checks. */
const format = v.pipe(
  v.unknown(),
  v.metadata({
    description: "json, or the JSON Schema that the answer is held to",
    anyOf: [{ enum: ["", "json"] }, { type: "object" }],
  }),
);

/** `think`, which `ollama_request.ts` checks. */
const think = v.pipe(
  v.unknown(),
  v.metadata({
    anyOf: [{ type: "boolean" }, { enum: ["high", "medium", "low", "max"] }],
  }),
);

/** A text or several. */
const textOrTexts = {
  anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
};

const toolCall = struct("api.ToolCall", {
  id: v.optional(text),
  function: v.optional(
    struct("api.ToolCallFunction", {
      index: v.optional(int),
      name: v.optional(text, ""),
      arguments: v.optional(anyMap, {}),
    }),
    {},
  ),
});

const message = struct("api.Message", {
  role: v.optional(text, ""),
  content: v.optional(text, ""),
  thinking: v.optional(text),
  images: v.optional(slice(image, "[]api.ImageData")),
  tool_calls: v.optional(slice(toolCall, "[]api.ToolCall")),
  tool_name: v.optional(text),
  tool_call_id: v.optional(text),
});

/** Fields that generate and chat have in common. */
const generation = {
  model,
  stream: v.optional(bool, true),
  format: v.optional(format),
  keep_alive: v.optional(keepAlive),
  options: v.optional(options, {}),
  think: v.optional(think),
  truncate: v.optional(bool),
  shift: v.optional(bool),
  logprobs: v.optional(bool, false),
  top_logprobs: v.optional(
    v.pipe(int, v.metadata({ minimum: 0, maximum: 20 })),
    0,
  ),
  _debug_render_only: v.optional(bool, false),
};

/** Body of `POST /api/generate`. */
export const GenerateRequest = struct("api.GenerateRequest", {
  ...generation,
  prompt: v.optional(text, ""),
  suffix: v.optional(text, ""),
  system: v.optional(text, ""),
  template: v.optional(text, ""),
  context: v.optional(slice(int, "[]int"), []),
  raw: v.optional(bool, false),
  images: v.optional(slice(image, "[]api.ImageData"), []),
}, ["model"]);

/** Body of `POST /api/chat`. */
export const ChatRequest = struct("api.ChatRequest", {
  ...generation,
  messages: v.optional(slice(message, "[]api.Message"), []),
  tools: v.optional(slice(record("api.Tool"), "api.Tools"), []),
}, ["model"]);

const embedding = {
  model,
  keep_alive: v.optional(keepAlive),
  options: v.optional(options, {}),
};

/** Body of `POST /api/embed`. */
export const EmbedRequest = struct("api.EmbedRequest", {
  ...embedding,
  input: v.optional(v.pipe(v.unknown(), v.metadata(textOrTexts))),
  truncate: v.optional(bool, true),
  dimensions: v.optional(int, 0),
}, ["model"]);

/** Body of `POST /api/embeddings`. */
export const EmbeddingRequest = struct("api.EmbeddingRequest", {
  ...embedding,
  prompt: v.optional(text, ""),
}, ["model"]);

/** A model under its present and its old field name. */
const named = {
  model: v.optional(text, ""),
  name: v.optional(text, ""),
};

/** Body of `POST /api/show`. */
export const ShowRequest = struct("api.ShowRequest", {
  ...named,
  system: v.optional(text, ""),
  verbose: v.optional(bool, false),
  options: v.optional(anyMap, {}),
});

/** Body of `DELETE /api/delete`. */
export const DeleteRequest = struct("api.DeleteRequest", named);

/** Body of `POST /api/copy`. */
export const CopyRequest = struct("api.CopyRequest", {
  source: v.optional(text, ""),
  destination: v.optional(text, ""),
}, ["source", "destination"]);

const transfer = {
  ...named,
  insecure: v.optional(bool, false),
  stream: v.optional(bool, true),
};

/** Body of `POST /api/pull`. */
export const PullRequest = struct("api.PullRequest", transfer);

/** Body of `POST /api/push`. */
export const PushRequest = struct("api.PushRequest", transfer);

/** Body of `POST /api/create`. */
export const CreateRequest = struct("api.CreateRequest", {
  ...named,
  stream: v.optional(bool, true),
  from: v.optional(text, ""),
  files: v.optional(textMap),
  adapters: v.optional(textMap),
  template: v.optional(text, ""),
  license: v.optional(v.pipe(v.unknown(), v.metadata(textOrTexts))),
  system: v.optional(text, ""),
  parameters: v.optional(anyMap, {}),
  messages: v.optional(slice(message, "[]api.Message"), []),
  quantize: v.optional(text, ""),
  quantization: v.optional(text, ""),
  renderer: v.optional(text, ""),
  parser: v.optional(text, ""),
  requires: v.optional(text, ""),
  info: v.optional(anyMap, {}),
  draft_files: v.optional(textMap),
  draft_quantize: v.optional(text, ""),
  remote_host: v.optional(text, ""),
});

/** A decoded body of `POST /api/generate`. */
export type GenerateRequest = v.InferOutput<typeof GenerateRequest>;
/** A decoded body of `POST /api/chat`. */
export type ChatRequest = v.InferOutput<typeof ChatRequest>;
/** A decoded body of `POST /api/embed`. */
export type EmbedRequest = v.InferOutput<typeof EmbedRequest>;
/** A decoded body of `POST /api/embeddings`. */
export type EmbeddingRequest = v.InferOutput<typeof EmbeddingRequest>;
/** A decoded body of `POST /api/show`. */
export type ShowRequest = v.InferOutput<typeof ShowRequest>;
/** A decoded body of `POST /api/pull` or `/api/push`. */
export type PullRequest = v.InferOutput<typeof PullRequest>;
/** A decoded body of `POST /api/create`. */
export type CreateRequest = v.InferOutput<typeof CreateRequest>;
/** What generate and chat requests have in common. */
export type GenerationBody = Pick<GenerateRequest, keyof typeof generation>;
/** A message as clients write it. */
export type WireMessage = v.InferOutput<typeof message>;

/** Measurements in the last chunk; a zero is left out, as Ollama does. */
export interface Metrics {
  /** Nanoseconds from the request's arrival to this chunk. */
  readonly total_duration?: number;
  /** Nanoseconds until the model was there. */
  readonly load_duration?: number;
  /** Tokens of the whole prompt, cached ones included. */
  readonly prompt_eval_count?: number;
  /** Of these, tokens found in the cache. */
  readonly prompt_eval_cached_count?: number;
  /** Nanoseconds. */
  readonly prompt_eval_duration?: number;
  /** Tokens generated. */
  readonly eval_count?: number;
  /** Of these, tokens that were thinking. */
  readonly eval_thinking_count?: number;
  /** Nanoseconds. */
  readonly eval_duration?: number;
  /** The prompt did not fit and was cut. */
  readonly prompt_truncated?: true;
  /** Tokens the prompt had before it was cut. */
  readonly prompt_original_tokens?: number;
}

/** What every chunk of generate and chat has. */
export interface Chunk extends Metrics {
  /** As the client wrote it. */
  readonly model: string;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  readonly done: boolean;
  readonly done_reason?: string;
  readonly logprobs?: readonly WireLogprob[];
  /** Instead of an answer, when asked for. */
  readonly _debug_info?: { readonly rendered_template: string };
  /** Prompt and answer as tokens, for the next request. */
  readonly context?: readonly number[];
}

/** A call of a tool, its arguments an object. */
export interface WireToolCall {
  readonly id?: string;
  readonly function: {
    /** Place among the calls of the answer. */
    readonly index: number;
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
  };
}

/** What a chunk of generate carries. */
export interface GeneratePart {
  readonly response: string;
  readonly thinking?: string;
  readonly tool_calls?: readonly WireToolCall[];
}

/** What a chunk of chat carries. */
export interface ChatPart {
  readonly message: {
    readonly role: "assistant";
    readonly content: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly WireToolCall[];
  };
}

/** How likely a token was. */
export interface WireCandidate {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[];
}

/** A generated token and, when asked for, the likeliest in its place. */
export interface WireLogprob extends WireCandidate {
  readonly top_logprobs?: readonly WireCandidate[];
}

/** Answer of `POST /api/embed`. */
export interface EmbedResponse {
  readonly model: string;
  readonly embeddings: readonly (readonly number[])[];
  readonly total_duration?: number;
  readonly load_duration?: number;
  readonly prompt_eval_count?: number;
}
