/**
 * Items of `POST /v1/responses` as turns.
 *
 * @module
 */

import type { ChatMessage } from "../generation.ts";
import { fromEncryptedContent } from "./encrypted_content.ts";
import {
  argumentsOf,
  calledName,
  imagesOf,
  textOf,
} from "./openai_messages.ts";
import type { ItemContent, WireItem } from "./openai_response_types.ts";
import type { WireContent } from "./openai_types.ts";
import { fullToolName } from "./tool_namespaces.ts";

/** A content in the words of chats. */
function toChatContent(content: ItemContent): WireContent {
  return typeof content === "string" ? content : content.map((part) => {
    switch (part.type) {
      case "input_image":
        return { type: "image_url", image_url: part.image_url };
      case "refusal":
        return part;
      default:
        return { type: "text", text: part.text };
    }
  });
}

/** A summary is all that is left of thinking when its text was not kept. */
function thinkingOf(item: Extract<WireItem, { type: "reasoning" }>): string {
  const { content, encrypted_content, summary } = item;
  const parts = content?.length ? content : summary ?? [];
  return fromEncryptedContent(encrypted_content) ??
    parts.map(({ text }) => text).join("\n");
}

function messageTurn(
  { role, content: written }: Extract<WireItem, { type: "message" }>,
  param: string,
): ChatMessage {
  const content = toChatContent(written);
  return {
    role: role === "developer" ? "system" : role,
    content: textOf(content),
    ...imagesOf(content, `${param}.content`),
  };
}

function outputTurn(
  { call_id, output }: Extract<WireItem, { type: "function_call_output" }>,
  earlier: readonly ChatMessage[],
  param: string,
): ChatMessage {
  const content = toChatContent(output);
  const toolName = calledName(earlier, call_id);
  return {
    role: "tool",
    content: textOf(content),
    ...imagesOf(content, `${param}.output`),
    ...(toolName === undefined ? {} : { toolName }),
    toolCallId: call_id,
  };
}

/** An item as a turn of its own. */
function turnOf(
  item: WireItem,
  earlier: readonly ChatMessage[],
  param: string,
): ChatMessage {
  switch (item.type) {
    case "message":
      return messageTurn(item, param);
    case "function_call_output":
      return outputTurn(item, earlier, param);
    case "reasoning":
      return { role: "assistant", content: "", thinking: thinkingOf(item) };
    case "function_call": {
      const { call_id: id } = item;
      const name = fullToolName(item.name, item.namespace);
      const given = argumentsOf(item.arguments, `${param}.arguments`);
      const toolCalls = [{ id, name, arguments: given }];
      return { role: "assistant", content: "", toolCalls };
    }
  }
}

/** Models think, then speak, then call, and may call several times. */
function goesOn(answer: ChatMessage, next: ChatMessage): boolean {
  return answer.role === "assistant" && next.role === "assistant" &&
    (next.toolCalls !== undefined ||
      (answer.toolCalls === undefined && answer.content === ""));
}

function joined(answer: ChatMessage, next: ChatMessage): ChatMessage {
  const thinking = [answer, next].flatMap((turn) => turn.thinking || []);
  const toolCalls = [answer, next].flatMap((turn) => turn.toolCalls ?? []);
  return {
    role: "assistant",
    content: answer.content + next.content,
    ...(thinking.length === 0 ? {} : { thinking: thinking.join("\n") }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

/**
 * Turns of items; what a model answered in one go is one turn. The first
 * `earlier` items are not the client's: `input[0]` comes after them. Throws a
 * `bad_request`.
 */
export function toTurns(
  items: readonly WireItem[],
  earlier: number,
): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const [index, item] of items.entries()) {
    const next = turnOf(item, turns, `input[${index - earlier}]`);
    const last = turns.at(-1);
    if (last !== undefined && goesOn(last, next)) {
      turns.splice(-1, 1, joined(last, next));
    } else {
      turns.push(next);
    }
  }
  return turns;
}

/**
 * Turns after the instructions. Templates know one system turn, so those that
 * come first are one.
 */
export function withInstructions(
  instructions: string | null | undefined,
  turns: readonly ChatMessage[],
): readonly ChatMessage[] {
  const at = turns.findIndex(({ role }) => role !== "system");
  const leading = turns.slice(0, at < 0 ? turns.length : at);
  const texts = [instructions ?? "", ...leading.map(({ content }) => content)]
    .filter((text) => text !== "");
  return texts.length === 0 ? turns : [
    { role: "system", content: texts.join("\n\n") },
    ...turns.slice(leading.length),
  ];
}
