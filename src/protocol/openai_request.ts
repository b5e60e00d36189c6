/**
 * OpenAI's requests in the words of the domain.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { AnswerFormat, LogitBias } from "../generation.ts";
import type { OllamaOptions } from "../model_options.ts";
import type {
  ChatCompletionRequest,
  FormatBody,
  SamplingBody,
  ThinkingBody,
} from "./openai_types.ts";

/** What OpenAI's routes take when neither request nor model says. */
const DEFAULTS = { temperature: 1, top_p: 1 };

/** Fields whose names are options'. */
const OPTION_FIELDS = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "typical_p",
  "repeat_penalty",
  "repeat_last_n",
  "presence_penalty",
  "frequency_penalty",
  "seed",
] as const;

function stopsOf(stop: string | string[] | null | undefined) {
  return stop === null || stop === undefined
    ? {}
    : { stop: typeof stop === "string" ? [stop] : stop };
}

/** A request's options over the model's over OpenAI's. */
export function toOptions(
  body: SamplingBody,
  maxTokens: number | null | undefined,
  model: OllamaOptions,
): OllamaOptions {
  const given = OPTION_FIELDS.flatMap((name) => {
    const value = body[name];
    return value === null || value === undefined ? [] : [[name, value]];
  });
  return {
    ...DEFAULTS,
    ...model,
    ...Object.fromEntries(given),
    ...stopsOf(body.stop),
    ...(maxTokens === null || maxTokens === undefined
      ? {}
      : { num_predict: maxTokens }),
  };
}

/** Biases by token. Throws a `bad_request` for a key that is no token's. */
export function toLogitBias(
  { logit_bias }: SamplingBody,
): { logitBias?: LogitBias[] } {
  const biases = Object.entries(logit_bias ?? {}).map(([key, bias]) => {
    if (!/^\d+$/.test(key)) {
      throw new ServerError(
        "bad_request",
        `Invalid key in 'logit_bias': ${key}. Keys are numbers of tokens.`,
        { param: "logit_bias" },
      );
    }
    return { token: Number(key), bias };
  });
  return biases.length === 0 ? {} : { logitBias: biases };
}

/** Whether the model may end its answer. A format ends by itself. */
export function toEnd(
  body: FormatBody,
): { ignoreEnd?: true } {
  const { format } = toFormat(body);
  return body.ignore_eos && format === undefined ? { ignoreEnd: true } : {};
}

/** What the answer must keep to. */
export function toFormat(
  { response_format, json_schema, grammar }: FormatBody,
): { format?: AnswerFormat } {
  if (grammar) {
    if (json_schema || (response_format && response_format.type !== "text")) {
      throw new ServerError(
        "bad_request",
        "'grammar' cannot be used with a JSON format; send one of them.",
        { param: "grammar" },
      );
    }
    return { format: { type: "gbnf", grammar } };
  }
  if (json_schema) {
    return { format: { type: "schema", schema: json_schema } };
  }
  switch (response_format?.type) {
    case "json_schema": {
      const { schema } = response_format.json_schema;
      return { format: { type: "schema", schema } };
    }
    case "json_object": {
      const { schema } = response_format;
      return { format: schema ? { type: "schema", schema } : { type: "json" } };
    }
    default:
      return {};
  }
}

/** Alternatives wanted for each token of a chat, when any are. */
export function toLogprobs(
  { logprobs, top_logprobs }: ChatCompletionRequest,
): { logprobs?: number } {
  if (top_logprobs && !logprobs) {
    throw new ServerError(
      "bad_request",
      "'top_logprobs' needs 'logprobs' to be true.",
      { param: "top_logprobs" },
    );
  }
  return logprobs ? { logprobs: top_logprobs ?? 0 } : {};
}

/** Whether and how much to think; undefined leaves it to the model. */
export function toThink(
  { reasoning_effort, reasoning, chat_template_kwargs }: Omit<
    ThinkingBody,
    "model"
  >,
): boolean | string | undefined {
  const effort = reasoning_effort ?? reasoning?.effort;
  switch (effort) {
    case "none":
      return false;
    case "minimal":
      return "low";
    case "xhigh":
      return "max";
    default:
      return effort ?? chat_template_kwargs?.enable_thinking ?? undefined;
  }
}

/** Tokens of thinking at most, when the client says. */
export function toThinkingTokens(
  { reasoning_budget_tokens, thinking_budget_tokens }: ThinkingBody,
): { thinkingTokens?: number } {
  const tokens = reasoning_budget_tokens ?? thinking_budget_tokens ?? -1;
  return tokens < 0 ? {} : { thinkingTokens: tokens };
}

type ToolChoice = "auto" | "none" | "required" | { readonly name: string };
type Tool = NonNullable<ChatCompletionRequest["tools"]>[number];

/** What a chat says of tools. */
export interface ToolUse {
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
}

/**
 * Tools that may be called, and whether they must be. Throws a `bad_request`
 * `ServerError` for a call that is wanted of no tool.
 */
export function toToolUse(
  { tools, tool_choice }: Pick<ChatCompletionRequest, "tools" | "tool_choice">,
): ToolUse {
  if (!tools || tools.length === 0) {
    if (tool_choice && tool_choice !== "auto" && tool_choice !== "none") {
      throw new ServerError(
        "bad_request",
        "'tool_choice' asks for a call, but there are no 'tools' to call",
        { param: "tool_choice" },
      );
    }
    return {};
  }
  if (!tool_choice || typeof tool_choice === "string") {
    return { tools, toolChoice: tool_choice ?? "auto" };
  }
  if (tool_choice.type === "function") {
    return { tools, toolChoice: { name: tool_choice.function.name } };
  }
  const { mode, tools: allowed } = tool_choice.allowed_tools;
  const names = new Set(allowed.map((each) => each.function.name));
  return {
    tools: tools.filter((each) => names.has(each.function.name)),
    toolChoice: mode,
  };
}
