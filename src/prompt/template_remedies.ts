/**
 * Conversations in the ways that templates want them: some refuse system
 * messages, long ids, several calls in a message or two messages of a user in
 * a row, or want every parameter described.
 *
 * @module
 */

import type { ChatMessage } from "../generation.ts";
import type { ChatInput } from "./chat_input.ts";
import { completeTool } from "./complete_tool.ts";

/** Mistral's templates take no longer tool-call ids. */
const SHORT_ID = 9;

/** Templates that list tools, though there are none. */
function listTools(input: ChatInput): ChatInput {
  return { ...input, tools: input.tools ?? [] };
}

/** A type and a description for every parameter: Command R+. */
function completeTools(input: ChatInput): ChatInput {
  return input.tools === undefined
    ? input
    : { ...input, tools: input.tools.map(completeTool) };
}

function splitMessage(
  message: ChatMessage,
  results: readonly ChatMessage[],
): ChatMessage[] {
  const { toolCalls = [], toolCallId: _, ...rest } = message;
  return toolCalls.flatMap((call, index) => {
    const result = results.find(({ toolCallId }) =>
      toolCallId !== undefined && toolCallId === call.id
    ) ?? results[index];
    const said = index === 0 ? rest : { role: rest.role, content: "" };
    return [{ ...said, toolCalls: [call] }, ...(result ? [result] : [])];
  });
}

/** One call a message, each followed by its result: Llama 3. */
function splitCalls(input: ChatInput): ChatInput {
  const messages: ChatMessage[] = [];
  for (let at = 0; at < input.messages.length; at++) {
    const message = input.messages[at] as ChatMessage;
    const calls = message.toolCalls?.length ?? 0;
    const results = input.messages.slice(at + 1, at + 1 + calls)
      .filter(({ role }) => role === "tool");
    if (calls > 1 && results.length === calls) {
      messages.push(...splitMessage(message, results));
      at += calls;
    } else {
      messages.push(message);
    }
  }
  return { ...input, messages };
}

/** What is said before a call as the end of the thinking: gpt-oss. */
function mergeThinking(input: ChatInput): ChatInput {
  const messages = input.messages.map((message) => {
    const { content, thinking, toolCalls } = message;
    return content && thinking && toolCalls?.length
      ? { ...message, content: "", thinking: `${thinking}\n\n${content}` }
      : message;
  });
  return { ...input, messages };
}

function shortenIds(input: ChatInput): ChatInput {
  const messages = input.messages.map((message) => ({
    ...message,
    ...(message.toolCallId === undefined
      ? {}
      : { toolCallId: message.toolCallId.slice(-SHORT_ID) }),
    ...(message.toolCalls === undefined ? {} : {
      toolCalls: message.toolCalls.map((call) => ({
        ...call,
        id: (call.id ?? "").slice(-SHORT_ID).padStart(SHORT_ID, "0"),
      })),
    }),
  }));
  return { ...input, messages };
}

/** Neighbouring messages of the system or a user as one. */
function mergeNeighbours(input: ChatInput): ChatInput {
  const messages: ChatMessage[] = [];
  for (const message of input.messages) {
    const last = messages.at(-1);
    if (
      last?.role === message.role && ["system", "user"].includes(message.role)
    ) {
      const content = `${last.content}\n\n${message.content}`;
      messages[messages.length - 1] = { ...last, content };
    } else {
      messages.push(message);
    }
  }
  return { ...input, messages };
}

/** The system message as the beginning of the first user's: Gemma 2. */
function mergeSystem(input: ChatInput): ChatInput {
  const [first, second, ...rest] = input.messages;
  if (first?.role !== "system" || second?.role !== "user") {
    return input;
  }
  const content = `${first.content}\n\n${second.content}`;
  return { ...input, messages: [{ ...second, content }, ...rest] };
}

const REMEDIES: readonly ((input: ChatInput) => ChatInput)[] = [
  listTools,
  completeTools,
  splitCalls,
  mergeThinking,
  shortenIds,
  mergeNeighbours,
  mergeSystem,
];

/**
 * The conversation as it is, then with each remedy alone, then with more and
 * more of them. What helps is the same in every turn of a conversation, so
 * that a prompt begins as the one before it.
 */
export function* withRemedies(input: ChatInput): Generator<ChatInput> {
  yield input;
  yield* REMEDIES.map((remedy) => remedy(input));
  let all = input;
  for (const remedy of REMEDIES) {
    all = remedy(all);
    yield all;
  }
}
