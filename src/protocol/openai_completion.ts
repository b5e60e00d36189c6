/**
 * Answers of `POST /v1/completions`
 * (https://platform.openai.com/docs/api-reference/completions).
 *
 * @module
 */

import type {
  AnswerEvent,
  GenerationDone,
  TokenLogprob,
} from "../generation.ts";
import { ServerError } from "../errors.ts";
import {
  type AnswerHead,
  type Choice,
  type ChoiceEvent,
  endsOf,
  FINGERPRINT,
} from "./openai_choice.ts";
import type { CompletionRequest } from "./openai_types.ts";
import { timingsField } from "./llama_timings.ts";
import { toUsage } from "./openai_usage.ts";

/** A prompt: text, or tokens. */
export type TextOrTokens = string | readonly number[];

/** The prompts or inputs of a field that takes one or several. */
export function toInputs(
  written: CompletionRequest["prompt"],
): TextOrTokens[] {
  if (typeof written === "string") {
    return [written];
  }
  const [first] = written;
  return typeof first === "number"
    ? [written as number[]]
    : written as TextOrTokens[];
}

/** Throws a `bad_request` for what cannot be followed. */
export function checkCompletion(body: CompletionRequest): void {
  const { best_of, n, echo, logprobs } = body;
  if (best_of && best_of !== (n ?? 1)) {
    throw new ServerError(
      "bad_request",
      "'best_of' is not supported; use 'n' and choose.",
      { param: "best_of" },
    );
  }
  if (echo && logprobs !== null && logprobs !== undefined) {
    throw new ServerError(
      "bad_request",
      "'logprobs' of an echoed prompt are not supported.",
      { param: "logprobs" },
    );
  }
}

/** Log probabilities as columns; offsets count characters of the text. */
function columns(logprobs: readonly TokenLogprob[], offset: number) {
  let at = offset;
  const offsets = logprobs.map(({ token }) => {
    const start = at;
    at += token.length;
    return start;
  });
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) =>
      Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))
    ),
    text_offset: offsets,
  };
}

/** Which texts go before the answers, and what the client wants. */
export interface CompletionWishes {
  /** One for each choice; empty unless it is to be echoed. */
  readonly echoes: readonly string[];
  readonly logprobs: boolean;
  readonly usage: boolean;
}

/** A whole answer. */
export function toCompletion(
  head: AnswerHead,
  choices: readonly Choice[],
  { echoes, logprobs }: CompletionWishes,
) {
  return {
    ...head,
    object: "text_completion",
    system_fingerprint: FINGERPRINT,
    choices: choices.map((choice, index) => ({
      index,
      text: (echoes[index] ?? "") + choice.text,
      logprobs: logprobs ? columns(choice.logprobs, 0) : null,
      finish_reason: choice.end?.reason ?? "stop",
    })),
    usage: toUsage(endsOf(choices)),
    ...timingsField(endsOf(choices)),
  };
}

/** What an event adds to a choice. */
function partOf(event: AnswerEvent, echo: string) {
  switch (event.type) {
    case "started":
      return echo === "" ? undefined : { text: echo };
    case "text":
      return { text: event.text, logprobs: event.logprobs };
    case "done":
      return { text: "", finish: event.reason };
    default:
      return undefined;
  }
}

/** Chunks of an answer, without the text that ends the stream. */
export async function* toCompletionChunks(
  head: AnswerHead,
  events: AsyncIterable<ChoiceEvent>,
  wishes: CompletionWishes,
): AsyncGenerator<unknown, void> {
  const base = {
    ...head,
    object: "text_completion",
    system_fingerprint: FINGERPRINT,
  };
  const lengths = wishes.echoes.map(() => 0);
  const ends: GenerationDone[] = [];
  for await (const { index, value } of events) {
    const part = partOf(value, wishes.echoes[index] ?? "");
    if (part !== undefined) {
      const { text, logprobs, finish = null } = part;
      const offset = lengths[index] ?? 0;
      lengths[index] = offset + text.length;
      yield {
        ...base,
        choices: [{
          index,
          text,
          logprobs: wishes.logprobs && logprobs !== undefined
            ? columns(logprobs, offset)
            : null,
          finish_reason: finish,
        }],
        ...(wishes.usage ? { usage: null } : {}),
      };
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
