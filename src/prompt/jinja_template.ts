/**
 * Chat templates as GGUF files carry them: Jinja, by `@huggingface/jinja`.
 *
 * @module
 */

import { Template } from "@huggingface/jinja";
import { ServerError } from "../errors.ts";
import type { ChatMessage, ToolCall } from "../generation.ts";
import type { ChatInput } from "./chat_input.ts";
import { renderTemplate } from "./jinja_interpreter.ts";
import { TemplateCache } from "./template_cache.ts";
import { withRemedies } from "./template_remedies.ts";

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
  const text = renderTemplate(compiled.get(source), {
    ...thinkingVariables(input.think),
    ...input.variables,
    messages: input.messages.map((each) => templateMessage(each, source)),
    add_generation_prompt: beginning === "",
    bos_token: input.bosText,
    eos_token: input.eosText,
    ...(input.tools === undefined ? {} : { tools: input.tools }),
  });
  return beginning === "" ? text : cutAfter(text, beginning);
}

function templateError(cause: unknown): ServerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ServerError(
    "bad_request",
    `the model's chat template failed: ${reason}`,
    { cause },
  );
}

/**
 * Renders with the template. What a template refuses is given to it as it
 * wants it, where it can be. Throws a `bad_request` {@linkcode ServerError}.
 */
export function renderJinja(source: string, input: ChatInput): string {
  let failure: unknown;
  for (const attempt of withRemedies(input)) {
    try {
      return renderOnce(source, attempt);
    } catch (cause) {
      failure ??= cause;
    }
  }
  throw templateError(failure);
}
