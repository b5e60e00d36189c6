/**
 * Makes a conversation fit the context: the oldest turns go first, the system
 * message and the newest turn stay.
 *
 * @module
 */

import type { ChatMessage, Truncation } from "../generation.ts";
import type { PromptPart } from "../messages.ts";
import { promptTooLong } from "./request_failure.ts";

/** A prompt ready for an engine. */
export interface FittedPrompt {
  readonly parts: readonly PromptPart[];
  /** What was rendered in the end. */
  readonly text: string;
  /** Present when turns were dropped. */
  readonly truncation?: Truncation;
}

/** What fitting needs of the model. */
export interface PromptFitting {
  readonly messages: readonly ChatMessage[];
  readonly render: (messages: readonly ChatMessage[]) => string;
  readonly tokenize: (text: string) => Promise<readonly number[]>;
  /** Tokens a prompt may have. */
  readonly limit: number;
  readonly truncate: boolean;
}

/** Drops the `count` oldest turns that are not the system's. */
function dropOldest(
  messages: readonly ChatMessage[],
  count: number,
): readonly ChatMessage[] {
  let left = count;
  return messages.filter((message) => message.role === "system" || left-- <= 0);
}

/**
 * Renders the conversation, without its oldest turns if it must be. Text
 * shorter than the limit in bytes cannot have too many tokens, so most
 * prompts are not counted at all.
 */
export async function fitPrompt(fitting: PromptFitting): Promise<FittedPrompt> {
  const { messages, render, tokenize, limit } = fitting;
  const text = render(messages);
  if (new TextEncoder().encode(text).length < limit) {
    return { parts: [text], text };
  }
  const whole = await tokenize(text);
  if (whole.length < limit) {
    return { parts: [whole], text };
  }
  if (!fitting.truncate) {
    throw promptTooLong({ promptTokens: whole.length, contextLength: limit });
  }
  const rest = await dropUntilFits(fitting);
  const tokens = await tokenize(rest);
  return {
    parts: [tokens],
    text: rest,
    truncation: {
      originalTokens: whole.length,
      keptTokens: Math.min(tokens.length, limit),
    },
  };
}

/** Finds by halving how few turns have to go; the newest one stays. */
async function dropUntilFits(
  { messages, render, tokenize, limit }: PromptFitting,
): Promise<string> {
  const without = (count: number) => render(dropOldest(messages, count));
  const turns = messages.filter((message) => message.role !== "system").length;
  let fewest = 0;
  let most = Math.max(turns - 1, 0);
  while (fewest < most) {
    const middle = Math.floor((fewest + most) / 2);
    if ((await tokenize(without(middle))).length < limit) {
      most = middle;
    } else {
      fewest = middle + 1;
    }
  }
  return without(fewest);
}
