/**
 * What a request may use at most, to be set aside before it begins.
 *
 * @module
 */

import type { EngineClient } from "./engine_client.ts";
import type {
  EmbeddingRequest,
  GenerationRequest,
} from "./generation_request.ts";
import type { RenderedPrompt } from "./prompt_rendering.ts";
import { countTokens } from "./tokens.ts";

/** Contexts after which an answer ends that nobody limits. */
const MOST_CONTEXTS = 10;

/** Tokens that stand around a question and a passage. */
const MOST_MARKS = 4;

/** Tokens of the prompt and of the longest answer there can be. */
export async function mostTokens(
  engine: EngineClient,
  { parts }: RenderedPrompt,
  { limits }: GenerationRequest,
): Promise<number> {
  const { contextLength } = engine.info;
  const prompt = Math.min(await countTokens(engine, parts), contextLength);
  const room = limits.shift
    ? MOST_CONTEXTS * contextLength
    : contextLength - prompt;
  return prompt + Math.min(limits.maxTokens ?? Infinity, room);
}

/** Tokens of all inputs, each with the question that it is scored by. */
export async function mostInputTokens(
  engine: EngineClient,
  { inputs, question }: EmbeddingRequest,
): Promise<number> {
  const own = await countTokens(engine, inputs);
  if (question === undefined) {
    return own;
  }
  const { text, template = "" } = question;
  const asked = await countTokens(engine, [text + template]);
  return own + inputs.length * (asked + MOST_MARKS);
}
