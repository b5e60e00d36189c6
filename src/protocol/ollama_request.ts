/**
 * Ollama's generate and chat requests in the words of the domain.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { AnswerFormat, ChatMessage, ToolCall } from "../generation.ts";
import type {
  GenerateRequest,
  GenerationBody,
  WireMessage,
} from "./ollama_types.ts";

const THINK_LEVELS = ["high", "medium", "low", "max"];

/** Reads `think`. Throws a `bad_request` with Ollama's words. */
export function readThink(value: unknown): boolean | string | undefined {
  if (value === undefined || typeof value === "boolean") {
    return value;
  }
  const choices = '"high", "medium", "low", "max", true, or false';
  if (typeof value !== "string") {
    throw new ServerError(
      "bad_request",
      `think must be a boolean or string (${choices})`,
    );
  }
  if (!THINK_LEVELS.includes(value)) {
    throw new ServerError(
      "bad_request",
      `invalid think value: ${JSON.stringify(value)} (must be ${choices})`,
    );
  }
  return value;
}

/** Reads `format`. Throws a `bad_request` with Ollama's words. */
export function readFormat(format: unknown): AnswerFormat | undefined {
  if (format === undefined || format === null || format === "") {
    return undefined;
  }
  if (format === "json") {
    return { type: "json" };
  }
  if (typeof format === "object" && !Array.isArray(format)) {
    return { type: "schema", schema: format };
  }
  const written = JSON.stringify(JSON.stringify(format));
  throw new ServerError(
    "bad_request",
    `invalid format: ${written}; expected "json" or a valid JSON Schema object`,
  );
}

/** Alternatives wanted for each token. Throws with Ollama's words. */
export function readLogprobs(body: GenerationBody): number | undefined {
  if (body.top_logprobs < 0 || body.top_logprobs > 20) {
    throw new ServerError(
      "bad_request",
      "top_logprobs must be between 0 and 20",
    );
  }
  return body.logprobs ? body.top_logprobs : undefined;
}

function toToolCall(
  call: NonNullable<WireMessage["tool_calls"]>[number],
): ToolCall {
  return {
    ...(call.id === undefined ? {} : { id: call.id }),
    name: call.function.name,
    arguments: call.function.arguments,
  };
}

/** One turn as a client writes it. */
export function toChatMessage(message: WireMessage): ChatMessage {
  const { thinking, images, tool_calls, tool_name, tool_call_id } = message;
  return {
    role: message.role.toLowerCase(),
    content: message.content,
    ...(thinking === undefined ? {} : { thinking }),
    ...(images === undefined ? {} : { images }),
    ...(tool_calls === undefined
      ? {}
      : { toolCalls: tool_calls.map(toToolCall) }),
    ...(tool_name === undefined ? {} : { toolName: tool_name }),
    ...(tool_call_id === undefined ? {} : { toolCallId: tool_call_id }),
  };
}

/** What a model adds to every conversation: SYSTEM and MESSAGE. */
export interface Preamble {
  readonly system?: string;
  readonly messages: readonly ChatMessage[];
}

function systemTurn(content: string | undefined): ChatMessage[] {
  return content ? [{ role: "system", content }] : [];
}

/** The model's own turns, then the client's. */
export function chatTurns(
  turns: readonly ChatMessage[],
  model: Preamble,
): ChatMessage[] {
  const system = turns[0]?.role === "system" ? [] : systemTurn(model.system);
  return [...system, ...model.messages, ...turns];
}

/** A prompt as the newest turn; a `context` has the earlier turns in it. */
export function generateTurns(
  request: GenerateRequest,
  model: Preamble,
): ChatMessage[] {
  return [
    ...systemTurn(request.system || model.system),
    ...(request.context.length > 0 ? [] : model.messages),
    { role: "user", content: request.prompt },
  ];
}
