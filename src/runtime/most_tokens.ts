/**
 * What a request may use at most, to be set aside before it begins.
 *
 * @module
 */

import type { PromptPart } from "../messages.ts";
import type { EngineClient } from "./engine_client.ts";
import type {
  EmbeddingRequest,
  GenerationRequest,
} from "./generation_request.ts";
import type { RenderedPrompt } from "./prompt_rendering.ts";
import { countTokens } from "./tokens.ts";

/** Contexts after which an answer ends that nobody limits. */
const MOST_CONTEXTS = 10;

/** Tokens that stand around a text, or a question and a passage. */
const MOST_MARKS = 4;

/** Bytes of UTF-8 that a unit of a text's length has at most. */
const MOST_BYTES = 3;

/** Whether so many tokens are nothing beside what is left. */
export type IsAmple = (tokens: number) => boolean;

/** No token has less than a byte, but for those put around a text. */
function atMost(parts: readonly PromptPart[]): number {
  return parts.reduce(
    (sum, part) =>
      sum +
      (typeof part === "string"
        ? part.length * MOST_BYTES + MOST_MARKS
        : part.length),
    0,
  );
}

/**
 * Tokens of the prompt and of the longest answer there can be. The prompt's
 * are counted unless a bound is ample: a count waits for the engine's step.
 */
export async function mostTokens(
  engine: EngineClient,
  { parts }: RenderedPrompt,
  { limits }: GenerationRequest,
  isAmple: IsAmple,
): Promise<number> {
  const { contextLength } = engine.info;
  const all = (tokens: number) => {
    const prompt = Math.min(tokens, contextLength);
    const room = limits.shift
      ? MOST_CONTEXTS * contextLength
      : contextLength - prompt;
    return prompt + Math.min(limits.maxTokens ?? Infinity, room);
  };
  const bound = all(atMost(parts));
  return isAmple(bound) ? bound : all(await countTokens(engine, parts));
}

/** Tokens of all inputs, each with the question that it is scored by. */
export async function mostInputTokens(
  engine: EngineClient,
  { inputs, question }: EmbeddingRequest,
  isAmple: IsAmple,
): Promise<number> {
  const { text = "", template = "" } = question ?? {};
  const asked = question === undefined ? [] : [text + template];
  const all = (own: number, each: number) =>
    own + inputs.length * (each > 0 ? each + MOST_MARKS : 0);
  const bound = all(atMost(inputs), atMost(asked));
  return isAmple(bound) ? bound : all(
    await countTokens(engine, inputs),
    await countTokens(engine, asked),
  );
}
