/**
 * MESSAGE turns as they lie in the store and go over the wire, which is
 * Ollama's `api.Message`, and as the server knows them.
 *
 * @module
 */

import type { ChatMessage } from "../generation.ts";

/** A turn in Ollama's words. */
export interface StoredMessage {
  readonly role: string;
  readonly content: string;
  readonly thinking?: string;
  readonly images?: readonly string[];
  readonly tool_calls?: readonly StoredToolCall[];
  readonly tool_name?: string;
  readonly tool_call_id?: string;
}

interface StoredToolCall {
  readonly id?: string;
  readonly function: {
    readonly name: string;
    readonly arguments: Record<string, unknown>;
  };
}

/** Reads the content of a layer of messages. Throws a `SyntaxError`. */
export function parseMessages(text: string): ChatMessage[] {
  const value = JSON.parse(text);
  if (!Array.isArray(value)) {
    throw new SyntaxError("its messages are not a list");
  }
  return value.map(toChatMessage);
}

function toChatMessage(stored: Partial<StoredMessage>): ChatMessage {
  const { role = "", content = "", thinking, images } = stored;
  const { tool_calls, tool_name, tool_call_id } = stored;
  return {
    role,
    content,
    ...(thinking ? { thinking } : {}),
    ...(images ? { images } : {}),
    ...(tool_calls
      ? {
        toolCalls: tool_calls.map((
          { id, function: { name, arguments: a } },
        ) => ({
          ...(id ? { id } : {}),
          name,
          arguments: a,
        })),
      }
      : {}),
    ...(tool_name ? { toolName: tool_name } : {}),
    ...(tool_call_id ? { toolCallId: tool_call_id } : {}),
  };
}

/** The turn as Ollama's clients read it. */
export function toStoredMessage(message: ChatMessage): StoredMessage {
  const { toolCalls, toolName, toolCallId, ...same } = message;
  return {
    ...same,
    ...(toolCalls
      ? {
        tool_calls: toolCalls.map(({ id, ...call }) => ({
          ...(id ? { id } : {}),
          function: call,
        })),
      }
      : {}),
    ...(toolName ? { tool_name: toolName } : {}),
    ...(toolCallId ? { tool_call_id: toolCallId } : {}),
  };
}
