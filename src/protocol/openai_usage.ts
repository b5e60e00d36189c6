/**
 * OpenAI's usage object
 * (https://platform.openai.com/docs/api-reference/completions/object).
 *
 * @module
 */

import type { GenerationDone } from "../generation.ts";

/** Tokens of a request, all its choices together. */
export interface OpenAiUsage {
  /** Cached ones included. */
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  readonly completion_tokens_details: {
    readonly reasoning_tokens: number;
    readonly accepted_prediction_tokens: number;
    readonly rejected_prediction_tokens: number;
  };
}

/** The sum over generations: each has evaluated its prompt. */
export function toUsage(ends: readonly GenerationDone[]): OpenAiUsage {
  const sum = (count: (end: GenerationDone) => number) =>
    ends.reduce((total, end) => total + count(end), 0);
  const prompt = sum(({ counts }) => counts.cached + counts.computed);
  const completion = sum(({ counts }) => counts.generated);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: sum(({ counts }) => counts.cached),
    },
    completion_tokens_details: {
      reasoning_tokens: sum(({ reasoningTokens }) => reasoningTokens),
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
