/**
 * Items of OpenAI's responses as they are told: those of a request, with ids,
 * and those of an answer.
 *
 * @module
 */

import type { TokenLogprob, ToolCall } from "../generation.ts";
import { toEncryptedContent } from "./encrypted_content.ts";
import { chatLogprobs } from "./openai_choice.ts";
import type { ItemContent, WireItem } from "./openai_response_types.ts";
import { splitToolName } from "./tool_namespaces.ts";

/** How far an item has come. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** An item that can be asked for by its id. */
export type KeptItem = WireItem & { readonly id: string };

const PREFIXES: Readonly<Record<WireItem["type"], string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  function_call_output: "fco",
};

/** A fresh id for an item. */
export function newItemId(type: WireItem["type"]): string {
  return `${PREFIXES[type]}_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** Text of a message as the part that its role's messages have. */
function toParts(content: ItemContent, role: string): ItemContent {
  return typeof content !== "string" ? content : [{
    type: role === "assistant" ? "output_text" : "input_text",
    text: content,
  }];
}

/** An item of a request, with the id and status it lacks. */
export function toKeptItem(item: WireItem): KeptItem {
  const kept = {
    ...item,
    id: item.id || newItemId(item.type),
    status: item.status ?? "completed" as const,
  };
  return kept.type === "message"
    ? { ...kept, content: toParts(kept.content, kept.role) }
    : kept;
}

/** A part of a message. */
export function outputText(text: string, logprobs: readonly TokenLogprob[]) {
  return {
    type: "output_text" as const,
    text,
    annotations: [],
    logprobs: chatLogprobs(logprobs).content,
  };
}

/** A message, without parts when it has just begun. */
export function messageItem(
  id: string,
  status: ItemStatus,
  content: ReturnType<typeof outputText>[],
) {
  const role = "assistant" as const;
  return { type: "message" as const, id, status, role, content };
}

/** How thinking is told. */
export interface ThinkingWishes {
  /** As a summary, since one was asked for; there is no shorter one. */
  readonly summary: boolean;
  /** Once more, for the client to hand back. */
  readonly encrypted: boolean;
}

/** Thinking, or undefined when it has just begun. */
export function reasoningItem(
  id: string,
  status: ItemStatus,
  thinking: string | undefined,
  { summary, encrypted }: ThinkingWishes,
) {
  const parts = thinking === undefined ? [] : [thinking];
  return {
    type: "reasoning" as const,
    id,
    status,
    summary: (summary ? parts : [])
      .map((text) => ({ type: "summary_text" as const, text })),
    content: (summary ? [] : parts)
      .map((text) => ({ type: "reasoning_text" as const, text })),
    encrypted_content: encrypted && thinking !== undefined
      ? toEncryptedContent(thinking)
      : null,
  };
}

/** A call; its arguments come as JSON text when it is whole. */
export function callItem(
  id: string,
  status: ItemStatus,
  { id: call_id = "", name, arguments: given }: ToolCall,
  namespaces: readonly string[],
) {
  return {
    type: "function_call" as const,
    id,
    status,
    call_id,
    ...splitToolName(name, namespaces),
    arguments: status === "in_progress" ? "" : JSON.stringify(given),
  };
}

/** An item of an answer. */
export type OutputItem =
  | ReturnType<typeof messageItem>
  | ReturnType<typeof reasoningItem>
  | ReturnType<typeof callItem>;
