/**
 * Anthropic's messages as turns.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { ChatMessage } from "../generation.ts";
import type {
  CountTokensRequest,
  WireBlock,
  WireMessage,
} from "./anthropic_types.ts";

type Block<T extends WireBlock["type"]> = Extract<WireBlock, { type: T }>;

function ofType<T extends WireBlock["type"]>(
  blocks: readonly WireBlock[],
  type: T,
): Block<T>[] {
  return blocks.filter((each): each is Block<T> => each.type === type);
}

function joined(texts: readonly { readonly text: string }[]): string {
  return texts.map(({ text }) => text).join("\n");
}

function imageOf({ source }: Block<"image">): string {
  if (source.type !== "base64" || !source.data) {
    throw new ServerError(
      "bad_request",
      `invalid image source type: ${source.type}. Only base64 images are supported.`,
    );
  }
  return source.data;
}

function imagesField(images: readonly Block<"image">[]) {
  return images.length === 0 ? {} : { images: images.map(imageOf) };
}

function assistantTurn(blocks: readonly WireBlock[]): ChatMessage {
  const thinking = ofType(blocks, "thinking")
    .map((each) => each.thinking).join("\n");
  const toolCalls = ofType(blocks, "tool_use")
    .map(({ id, name, input }) => ({ id, name, arguments: input }));
  return {
    role: "assistant",
    content: joined(ofType(blocks, "text")),
    ...(thinking === "" ? {} : { thinking }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

/** The name of the tool that a result comes from: its call has it. */
function calledName(earlier: readonly ChatMessage[], id: string) {
  const name = earlier.flatMap(({ toolCalls = [] }) => toolCalls)
    .findLast((call) => call.id === id)?.name;
  return name === undefined ? {} : { toolName: name };
}

function resultTurn(
  { tool_use_id, content, is_error }: Block<"tool_result">,
  earlier: readonly ChatMessage[],
): ChatMessage {
  const blocks: readonly WireBlock[] = typeof content === "string"
    ? [{ type: "text", text: content }]
    : content ?? [];
  const text = joined(ofType(blocks, "text"));
  return {
    role: "tool",
    content: is_error ? `Error: ${text}` : text,
    ...imagesField(ofType(blocks, "image")),
    ...calledName(earlier, tool_use_id),
    toolCallId: tool_use_id,
  };
}

/** Results come before what the user says of them. */
function userTurns(
  { role, content }: WireMessage,
  earlier: readonly ChatMessage[],
): ChatMessage[] {
  if (typeof content === "string") {
    return [{ role, content }];
  }
  const results = ofType(content, "tool_result")
    .map((each) => resultTurn(each, earlier));
  const texts = ofType(content, "text");
  const images = ofType(content, "image");
  const says = texts.length + images.length > 0 || results.length === 0;
  return says
    ? [...results, { role, content: joined(texts), ...imagesField(images) }]
    : results;
}

/** What Claude Code says to Anthropic's billing; it changes every time. */
const BILLING = /^x-anthropic-billing-header:(?:\s*\w+=[^;\s]*;)*\s*/;

/** Without what would make every prompt begin anew. */
function systemTurn({ system }: CountTokensRequest): ChatMessage[] {
  const blocks = typeof system === "string" ? [{ text: system }] : system ?? [];
  const content = joined(
    blocks.map(({ text }) => ({ text: text.replace(BILLING, "") }))
      .filter(({ text }) => text !== ""),
  );
  return content === "" ? [] : [{ role: "system", content }];
}

/** Turns of a conversation. Throws a `bad_request`. */
export function toTurns(body: CountTokensRequest): ChatMessage[] {
  if (body.messages.length === 0) {
    throw new ServerError("bad_request", "messages is required", {
      param: "messages",
    });
  }
  const turns = systemTurn(body);
  for (const message of body.messages) {
    const { role, content } = message;
    if (role === "assistant" && typeof content !== "string") {
      turns.push(assistantTurn(content));
    } else {
      turns.push(...userTurns(message, turns));
    }
  }
  return turns;
}
