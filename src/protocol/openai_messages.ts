/**
 * OpenAI's messages as turns.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { ChatMessage, ToolCall } from "../generation.ts";
import type { WireContent, WireMessage } from "./openai_types.ts";

type Part = Exclude<WireContent, string>[number];
type WireCall = NonNullable<
  Extract<WireMessage, { role: "assistant" }>["tool_calls"]
>[number];

const DATA_URI = /^data:(?:image\/(?:jpeg|jpg|png|webp))?;base64,(.*)$/s;

function bad(message: string, param: string): ServerError {
  return new ServerError("bad_request", message, { param });
}

/** Base64 of a picture. Pictures elsewhere are not fetched. */
function imageOf(part: Extract<Part, { type: "image_url" }>, param: string) {
  const { image_url } = part;
  const url = typeof image_url === "string" ? image_url : image_url.url;
  const base64 = DATA_URI.exec(url)?.[1];
  if (base64 === undefined) {
    throw bad(
      /^https?:/.test(url)
        ? "image URLs are not currently supported, please use base64 encoded data instead"
        : "invalid image input",
      param,
    );
  }
  return base64;
}

/** Texts of a content, joined by line breaks. */
export function textOf(content: WireContent | null | undefined): string {
  if (typeof content === "string") {
    return content;
  }
  return (content ?? []).flatMap((part) =>
    part.type === "text"
      ? [part.text]
      : part.type === "refusal"
      ? [part.refusal]
      : []
  ).join("\n");
}

/** Pictures of a content. Throws a `bad_request` for one elsewhere. */
export function imagesOf(
  content: WireContent | null | undefined,
  param: string,
): { images?: string[] } {
  if (typeof content === "string") {
    return {};
  }
  const images = (content ?? []).flatMap((part) =>
    part.type === "image_url" ? [imageOf(part, param)] : []
  );
  return images.length === 0 ? {} : { images };
}

/** Arguments come as JSON text, from some clients as an object. */
export function argumentsOf(
  written: WireCall["function"]["arguments"],
  param: string,
): Record<string, unknown> {
  if (typeof written !== "string") {
    return written;
  }
  try {
    const value: unknown = written.trim() === "" ? {} : JSON.parse(written);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below.
  }
  throw bad("invalid tool call arguments", param);
}

function toCall({ id, function: called }: WireCall, param: string): ToolCall {
  return {
    ...(id ? { id } : {}),
    name: called.name,
    arguments: argumentsOf(called.arguments, `${param}.function.arguments`),
  };
}

function assistantTurn(
  message: Extract<WireMessage, { role: "assistant" }>,
  param: string,
): ChatMessage {
  const { content, reasoning, reasoning_content, tool_calls } = message;
  const thinking = reasoning ?? reasoning_content ?? "";
  const calls = (tool_calls ?? [])
    .map((call, index) => toCall(call, `${param}.tool_calls[${index}]`));
  return {
    role: "assistant",
    content: textOf(content),
    ...(thinking === "" ? {} : { thinking }),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
  };
}

/** The name of the tool that a result comes from: its call has it. */
export function calledName(
  earlier: readonly ChatMessage[],
  id: string,
): string | undefined {
  return earlier.flatMap(({ toolCalls = [] }) => toolCalls)
    .findLast((call) => call.id === id)?.name;
}

function toolTurn(
  { content, tool_call_id, name }: Extract<WireMessage, { role: "tool" }>,
  earlier: readonly ChatMessage[],
  param: string,
): ChatMessage {
  const toolName = name ?? calledName(earlier, tool_call_id ?? "");
  return {
    role: "tool",
    content: textOf(content),
    ...imagesOf(content, `${param}.content`),
    ...(toolName === undefined ? {} : { toolName }),
    ...(tool_call_id ? { toolCallId: tool_call_id } : {}),
  };
}

/** Turns of a conversation. Throws a `bad_request`. */
export function toTurns(messages: readonly WireMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`;
    const { role, content } = message;
    if (role === "assistant") {
      turns.push(assistantTurn(message, param));
    } else if (role === "tool") {
      turns.push(toolTurn(message, turns, param));
    } else {
      turns.push({
        role: role === "developer" ? "system" : role,
        content: textOf(content),
        ...imagesOf(content, `${param}.content`),
      });
    }
  }
  return turns;
}
