/**
 * Chat templates as GGUF files carry them: Jinja, by `@huggingface/jinja`.
 *
 * @module
 */

import { Template } from "@huggingface/jinja";
import { ServerError } from "../errors.ts";
import type { ChatMessage } from "../generation.ts";
import type { ChatInput } from "./chat_template.ts";

/** Compiled templates kept. */
const KEPT_TEMPLATES = 32;

const compiled = new Map<string, Template>();

/** Compiling takes milliseconds, rendering microseconds. */
function compile(source: string): Template {
  const known = compiled.get(source);
  if (known !== undefined) {
    return known;
  }
  const template = new Template(source);
  compiled.set(source, template);
  const oldest = compiled.keys().next().value;
  if (compiled.size > KEPT_TEMPLATES && oldest !== undefined) {
    compiled.delete(oldest);
  }
  return template;
}

/** A message as templates expect it, which is OpenAI's shape. */
function templateMessage(message: ChatMessage): Record<string, unknown> {
  const { role, content, thinking, toolCalls, toolName, toolCallId } = message;
  return {
    role,
    content,
    ...(thinking ? { reasoning_content: thinking, thinking } : {}),
    ...(toolCalls?.length
      ? {
        tool_calls: toolCalls.map((call) => ({
          id: call.id ?? "",
          type: "function",
          function: { name: call.name, arguments: call.arguments },
        })),
      }
      : {}),
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

function renderOnce(source: string, input: ChatInput): string {
  return compile(source).render({
    messages: input.messages.map(templateMessage),
    add_generation_prompt: true,
    bos_token: input.bosText,
    eos_token: input.eosText,
    ...(input.tools?.length ? { tools: input.tools } : {}),
    ...thinkingVariables(input.think),
  });
}

/** The system message as the beginning of the first user's. */
function mergeSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const [first, second, ...rest] = messages;
  if (first?.role !== "system" || second?.role !== "user") {
    return [...messages];
  }
  const content = `${first.content}\n\n${second.content}`;
  return [{ ...second, content }, ...rest];
}

/**
 * Renders with the template. Some refuse system messages; these get them in
 * the user's words. Throws a `bad_request` {@linkcode ServerError}.
 */
export function renderJinja(source: string, input: ChatInput): string {
  try {
    return renderOnce(source, input);
  } catch (cause) {
    const merged = mergeSystem(input.messages);
    if (merged.length < input.messages.length) {
      return renderJinja(source, { ...input, messages: merged });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError(
      "bad_request",
      `the model's chat template failed: ${reason}`,
      { cause },
    );
  }
}
