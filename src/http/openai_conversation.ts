/**
 * What a conversation asks of a model, whichever of OpenAI's routes it came by.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { ChatMessage } from "../generation.ts";
import type { Capability, ResolvedModel } from "../models/model.ts";
import { chatTurns } from "../protocol/ollama_request.ts";
import {
  type ToolUse,
  toThink,
  toThinkingTokens,
} from "../protocol/openai_request.ts";
import type { SamplingBody, ThinkingBody } from "../protocol/openai_types.ts";
import type { GenerationRequest } from "../runtime/inference.ts";
import { decideThinking, requireCapabilities } from "./model_lookup.ts";
import { toPromptless } from "./openai_generation.ts";

/** Turns, tools and a bound. */
export interface Conversation {
  readonly turns: readonly ChatMessage[];
  readonly toolUse: ToolUse;
  /** Tokens generated at most. */
  readonly maxTokens: number | null | undefined;
}

/** Level of thinking; a model that cannot think just answers. */
function thinkFor(
  body: ThinkingBody,
  model: ResolvedModel,
): { think?: boolean | string } {
  const asked = model.capabilities.includes("thinking")
    ? toThink(body)
    : undefined;
  const think = decideThinking(model, body.model, asked);
  return think === undefined ? {} : { think };
}

/** The request of a conversation, without what its answer has to look like. */
export function conversationRequest(
  c: Context,
  body: SamplingBody & ThinkingBody,
  model: ResolvedModel,
  { turns, toolUse, maxTokens }: Conversation,
): GenerationRequest {
  const needs: Capability[] = [
    ...(toolUse.tools === undefined ? [] : ["tools" as const]),
    ...(turns.some(({ images }) => images) ? ["vision" as const] : []),
  ];
  requireCapabilities(model, needs);
  return {
    ...toPromptless(c, body, maxTokens, model),
    prompt: {
      type: "chat",
      messages: chatTurns(turns, model),
      ...toolUse,
      ...thinkFor(body, model),
      ...toThinkingTokens(body),
      ...(body.chat_template_kwargs
        ? { variables: body.chat_template_kwargs }
        : {}),
    },
  };
}
