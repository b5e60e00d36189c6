/**
 * Anthropic's requests in the words of the domain.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { AnswerFormat } from "../generation.ts";
import type { OllamaOptions } from "../model_options.ts";
import type { CountTokensRequest, MessagesRequest } from "./anthropic_types.ts";

/** What Anthropic's routes take when neither request nor model says. */
const DEFAULTS = { temperature: 1, top_p: 1 };

function given<T extends object>(fields: T): Partial<T> {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** A request's options over the model's over Anthropic's. */
export function toOptions(
  { temperature, top_p, top_k, max_tokens, stop_sequences }: MessagesRequest,
  model: OllamaOptions,
): OllamaOptions {
  if (max_tokens <= 0) {
    throw new ServerError(
      "bad_request",
      "max_tokens is required and must be positive",
      { param: "max_tokens" },
    );
  }
  const own = given({ temperature, top_p, top_k, stop: stop_sequences });
  return {
    ...DEFAULTS,
    ...model,
    ...own,
    num_predict: max_tokens,
  } as OllamaOptions;
}

/** Whether and how much to think; it is off unless asked for. */
export function toThink(
  { thinking, output_config }: CountTokensRequest,
): boolean | string {
  if (!thinking || thinking.type === "disabled") {
    return false;
  }
  const effort = output_config?.effort;
  return effort === "xhigh" ? "max" : effort ?? true;
}

/** Tokens of thinking at most, when the client says. */
export function toThinkingTokens(
  { thinking }: CountTokensRequest,
): { thinkingTokens?: number } {
  const tokens = thinking?.budget_tokens;
  return tokens === null || tokens === undefined
    ? {}
    : { thinkingTokens: tokens };
}

/** What the answer must keep to. */
export function toFormat(
  { output_config }: CountTokensRequest,
): { format?: AnswerFormat } {
  const schema = output_config?.format?.schema;
  return schema === undefined ? {} : { format: { type: "schema", schema } };
}

/**
 * Tools in the shape that templates know, and whether one must be called.
 * Throws a `bad_request` `ServerError` for a call that is wanted of no tool.
 */
export function toToolUse({ tools, tool_choice }: CountTokensRequest) {
  if (!tools || tools.length === 0) {
    if (tool_choice?.type === "any" || tool_choice?.type === "tool") {
      throw new ServerError(
        "bad_request",
        "tool_choice asks for a call, but there are no tools to call",
      );
    }
    return {};
  }
  return {
    tools: tools.map(({ name, description, input_schema }) => ({
      type: "function",
      function: {
        name,
        ...(description ? { description } : {}),
        parameters: input_schema,
      },
    })),
    toolChoice: toToolChoice(tool_choice),
  };
}

function toToolChoice(choice: CountTokensRequest["tool_choice"]) {
  switch (choice?.type) {
    case "tool":
      return { name: choice.name };
    case "any":
      return "required" as const;
    default:
      return choice?.type ?? "auto" as const;
  }
}

/** Calls that an answer may have. */
export function maxCalls({ tool_choice }: CountTokensRequest): number {
  return tool_choice?.disable_parallel_tool_use ? 1 : Infinity;
}
