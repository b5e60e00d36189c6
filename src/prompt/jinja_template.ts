/**
 * Chat templates as GGUF files carry them: Jinja, by `@huggingface/jinja`.
 *
 * @module
 */

import { Template } from "@huggingface/jinja";
import { ServerError } from "../errors.ts";
import type { ChatMessage, ToolCall } from "../generation.ts";
import type { ChatInput } from "./chat_template.ts";
import { TemplateCache } from "./template_cache.ts";

/** Mistral's templates take no longer tool-call ids. */
const SHORT_ID = 9;

/** Compiling takes milliseconds, rendering microseconds. */
const compiled = new TemplateCache((source) => new Template(source));

/** DeepSeek's templates print calls only where there is no content. */
const WANTS_NULL = /\['content'\] is none\s*-?%\}/;

/** And join the arguments to text. */
const WANTS_TEXT = /\['arguments'\] *\+/;

function templateCall(
  { id = "", name, arguments: given }: ToolCall,
  source: string,
): Record<string, unknown> {
  const args = WANTS_TEXT.test(source) ? JSON.stringify(given) : given;
  return { id, type: "function", function: { name, arguments: args } };
}

/** A message as templates expect it, which is OpenAI's shape. */
function templateMessage(
  message: ChatMessage,
  source: string,
): Record<string, unknown> {
  const { role, content, thinking, toolCalls, toolName, toolCallId } = message;
  const calls = toolCalls?.map((call) => templateCall(call, source)) ?? [];
  const absent = calls.length > 0 && content === "" && WANTS_NULL.test(source);
  return {
    role,
    content: absent ? null : content,
    ...(thinking ? { reasoning_content: thinking, thinking } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(toolName ? { name: toolName } : {}),
    ...(toolCallId ? { tool_call_id: toolCallId } : {}),
  };
}

function thinkingVariables(think: ChatInput["think"]): Record<string, unknown> {
  if (think === undefined) {
    return {};
  }
  const on = think !== false;
  return {
    enable_thinking: on,
    thinking: on,
    ...(typeof think === "string" ? { reasoning_effort: think } : {}),
  };
}

/** The beginning of an answer that the client wrote, to be continued. */
function givenBeginning({ messages }: ChatInput): string {
  const last = messages.at(-1);
  return last?.role === "assistant" && !last.toolCalls?.length
    ? last.content
    : "";
}

/** Without what ends the turn; templates may have trimmed the beginning. */
function cutAfter(text: string, beginning: string): string {
  for (const written of [beginning, beginning.trim()]) {
    const at = text.lastIndexOf(written);
    if (at >= 0) {
      return text.slice(0, at + written.length);
    }
  }
  return text;
}

function renderOnce(source: string, input: ChatInput): string {
  const beginning = givenBeginning(input);
  const text = compiled.get(source).render({
    messages: input.messages.map((each) => templateMessage(each, source)),
    add_generation_prompt: beginning === "",
    bos_token: input.bosText,
    eos_token: input.eosText,
    ...(input.tools === undefined ? {} : { tools: input.tools }),
    ...thinkingVariables(input.think),
  });
  return beginning === "" ? text : cutAfter(text, beginning);
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

/** The system message as the beginning of the first user's. */
function mergeSystem(input: ChatInput): ChatInput {
  const [first, second, ...rest] = input.messages;
  if (first?.role !== "system" || second?.role !== "user") {
    return input;
  }
  const content = `${first.content}\n\n${second.content}`;
  return { ...input, messages: [{ ...second, content }, ...rest] };
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

/** What helps, one after the other, with templates that refuse a chat. */
const REMEDIES: readonly ((input: ChatInput) => ChatInput)[] = [
  (input) => ({ ...input, tools: input.tools ?? [] }),
  shortenIds,
  mergeNeighbours,
  mergeSystem,
];

function templateError(cause: unknown): ServerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ServerError(
    "bad_request",
    `the model's chat template failed: ${reason}`,
    { cause },
  );
}

/**
 * Renders with the template. Some refuse system messages, long ids or two
 * messages of a user in a row; these get the chat as they want it. Throws a
 * `bad_request` {@linkcode ServerError}.
 */
export function renderJinja(source: string, input: ChatInput): string {
  let failure: unknown;
  let attempt = input;
  for (const remedy of [(same: ChatInput) => same, ...REMEDIES]) {
    attempt = remedy(attempt);
    try {
      return renderOnce(source, attempt);
    } catch (cause) {
      failure ??= cause;
    }
  }
  throw templateError(failure);
}
