/**
 * Answers of `POST /v1/chat/completions`
 * (https://platform.openai.com/docs/api-reference/chat).
 *
 * @module
 */

import type { AnswerEvent, GenerationDone } from "../generation.ts";
import {
  type AnswerHead,
  chatLogprobs,
  type Choice,
  type ChoiceEvent,
  endsOf,
  FINGERPRINT,
  finishReason,
  toWireCall,
} from "./openai_choice.ts";
import { timingsField } from "./llama_timings.ts";
import { toUsage } from "./openai_usage.ts";

/** What the client wants of an answer. */
export interface ChatWishes {
  readonly logprobs: boolean;
  /** In a stream: usage in a chunk of its own. */
  readonly usage: boolean;
  /** Calls of tools there may be. */
  readonly maxCalls: number;
}

/** Clients look for thinking under either name. */
function thinkingField(thinking: string) {
  return thinking === ""
    ? {}
    : { reasoning: thinking, reasoning_content: thinking };
}

function toMessage(choice: Choice, { maxCalls }: ChatWishes) {
  const calls = choice.calls.slice(0, maxCalls).map(toWireCall);
  return {
    role: "assistant",
    content: choice.text === "" && calls.length > 0 ? null : choice.text,
    refusal: null,
    ...thinkingField(choice.thinking),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** A whole answer. */
export function toChatCompletion(
  head: AnswerHead,
  choices: readonly Choice[],
  wishes: ChatWishes,
) {
  return {
    ...head,
    object: "chat.completion",
    system_fingerprint: FINGERPRINT,
    choices: choices.map((choice, index) => ({
      index,
      message: toMessage(choice, wishes),
      logprobs: wishes.logprobs ? chatLogprobs(choice.logprobs) : null,
      finish_reason: finishReason(choice.end, choice.calls.length > 0),
    })),
    usage: toUsage(endsOf(choices)),
    ...timingsField(endsOf(choices)),
  };
}

/** Chunks of one choice. */
class ChoiceChunks {
  readonly #index: number;
  readonly #wishes: ChatWishes;
  #calls = 0;

  constructor(index: number, wishes: ChatWishes) {
    this.#index = index;
    this.#wishes = wishes;
  }

  /** What an event adds, when it adds something. */
  of(event: AnswerEvent): unknown[] {
    switch (event.type) {
      case "started":
        return [this.#chunk({ role: "assistant", content: "", refusal: null })];
      case "text":
        return [this.#chunk({ content: event.text }, event.logprobs)];
      case "thinking":
        return [this.#chunk(thinkingField(event.text), event.logprobs)];
      case "call": {
        const index = this.#calls++;
        const call = { index, ...toWireCall(event.call) };
        return index < this.#wishes.maxCalls
          ? [this.#chunk({ tool_calls: [call] })]
          : [];
      }
      case "done":
        return [
          this.#chunk({}, undefined, finishReason(event, this.#calls > 0)),
        ];
    }
  }

  #chunk(
    delta: unknown,
    logprobs?: Parameters<typeof chatLogprobs>[0],
    finish_reason: string | null = null,
  ) {
    return {
      index: this.#index,
      delta,
      logprobs: this.#wishes.logprobs && logprobs !== undefined
        ? chatLogprobs(logprobs)
        : null,
      finish_reason,
    };
  }
}

/** Chunks of an answer, without the text that ends the stream. */
export async function* toChatChunks(
  head: AnswerHead,
  events: AsyncIterable<ChoiceEvent>,
  count: number,
  wishes: ChatWishes,
): AsyncGenerator<unknown, void> {
  const base = {
    ...head,
    object: "chat.completion.chunk",
    system_fingerprint: FINGERPRINT,
  };
  const noUsage = wishes.usage ? { usage: null } : {};
  const choices = Array.from(
    { length: count },
    (_, index) => new ChoiceChunks(index, wishes),
  );
  const ends: GenerationDone[] = [];
  for await (const { index, value } of events) {
    for (const choice of choices[index]?.of(value) ?? []) {
      yield { ...base, choices: [choice], ...noUsage };
    }
    if (value.type === "done") {
      ends.push(value);
    }
  }
  if (wishes.usage) {
    yield {
      ...base,
      choices: [],
      usage: toUsage(ends),
      ...timingsField(ends),
    };
  }
}
