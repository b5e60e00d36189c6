/**
 * What `POST /v1/responses` asks for, in the words of chat completions.
 *
 * @module
 */

import type { AnswerFormat } from "../generation.ts";
import type { ResponseWishes } from "./openai_response_events.ts";
import type { ResponseRequest, WireTool } from "./openai_response_types.ts";
import {
  toFormat as toChatFormat,
  type ToolUse,
  toToolUse as toChatToolUse,
} from "./openai_request.ts";
import type { ChatCompletionRequest } from "./openai_types.ts";
import { fullToolName } from "./tool_namespaces.ts";

type ChatToolChoice = ChatCompletionRequest["tool_choice"];

function named({ name }: { readonly name: string }) {
  return { type: "function" as const, function: { name } };
}

function toChatToolChoice(
  choice: ResponseRequest["tool_choice"],
): ChatToolChoice {
  if (!choice || typeof choice === "string") {
    return choice;
  }
  if (choice.type === "function") {
    return named(choice);
  }
  const { type, mode, tools } = choice;
  return { type, allowed_tools: { mode, tools: tools.map(named) } };
}

/** Functions alone and in namespaces. */
function functionsOf(tools: readonly WireTool[]) {
  return tools.flatMap((tool) => {
    switch (tool.type) {
      case "function":
        return [tool];
      case "namespace":
        return tool.tools.map((each) => ({
          ...each,
          name: fullToolName(each.name, tool.name),
        }));
      case "web_search":
        return [];
    }
  });
}

/** Tools that may be called, and whether they must be. */
export function toToolUse({ tools, tool_choice }: ResponseRequest): ToolUse {
  return toChatToolUse({
    tools: functionsOf(tools ?? []).map(({ type, ...definition }) => ({
      type,
      function: definition,
    })),
    tool_choice: toChatToolChoice(tool_choice),
  });
}

/** What the answer must keep to. */
export function toFormat({ text }: ResponseRequest): { format?: AnswerFormat } {
  const format = text?.format;
  return toChatFormat({
    response_format: format?.type === "json_schema"
      ? { type: format.type, json_schema: format }
      : format,
  });
}

/** Alternatives wanted for each token, when any are. */
export function toLogprobs(
  { include, top_logprobs }: ResponseRequest,
): { logprobs?: number } {
  const wanted = include?.includes("message.output_text.logprobs");
  return wanted || top_logprobs ? { logprobs: top_logprobs ?? 0 } : {};
}

/** How the response is told. */
export function toWishes(
  { include, parallel_tool_calls, reasoning, tools }: ResponseRequest,
): ResponseWishes {
  return {
    namespaces: (tools ?? []).flatMap((tool) =>
      tool.type === "namespace" ? [tool.name] : []
    ),
    thinking: {
      summary: Boolean(reasoning?.summary ?? reasoning?.generate_summary),
      encrypted: include?.includes("reasoning.encrypted_content") ?? false,
    },
    maxCalls: parallel_tool_calls === false ? 1 : Infinity,
  };
}
