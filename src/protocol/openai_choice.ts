/**
 * One of the answers to a request of OpenAI's, gathered from its events.
 *
 * @module
 */

import type {
  AnswerEvent,
  Candidate,
  GenerationDone,
  TokenLogprob,
  ToolCall,
} from "../generation.ts";

/** Names the software, for those who compare answers with equal seeds. */
export const FINGERPRINT = "fp_tally";

/** An event of one of several generations. */
export interface ChoiceEvent {
  /** Which generation. */
  readonly index: number;
  readonly value: AnswerEvent;
}

/** What every answer has, whole or in chunks. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** As the client wrote it. */
  readonly model: string;
}

/** An answer as far as it has come. */
export class Choice {
  text = "";
  thinking = "";
  readonly calls: ToolCall[] = [];
  readonly logprobs: TokenLogprob[] = [];
  end: GenerationDone | undefined;

  add(event: AnswerEvent): void {
    switch (event.type) {
      case "text":
      case "thinking":
        this[event.type] += event.text;
        this.logprobs.push(...event.logprobs ?? []);
        break;
      case "call":
        this.calls.push(event.call);
        break;
      case "done":
        this.end = event;
    }
  }
}

/** Reads choices to their end. */
export async function gatherChoices(
  events: AsyncIterable<ChoiceEvent>,
  count: number,
): Promise<Choice[]> {
  const choices = Array.from({ length: count }, () => new Choice());
  for await (const { index, value } of events) {
    choices[index]?.add(value);
  }
  return choices;
}

/** How the generations ended, of choices that all have. */
export function endsOf(choices: readonly Choice[]): GenerationDone[] {
  return choices.flatMap(({ end }) => end === undefined ? [] : [end]);
}

/** Why a choice ended: for a call, because its text came to an end. */
export function finishReason(
  end: GenerationDone | undefined,
  hasCalls: boolean,
): "stop" | "length" | "tool_calls" {
  return hasCalls ? "tool_calls" : end?.reason ?? "stop";
}

function toCandidate({ token, logprob, bytes }: Candidate) {
  return { token, logprob, bytes };
}

/** Log probabilities of a chat. */
export function chatLogprobs(logprobs: readonly TokenLogprob[]) {
  return {
    content: logprobs.map((each) => ({
      ...toCandidate(each),
      top_logprobs: each.top.map(toCandidate),
    })),
    refusal: null,
  };
}

/** A call, its arguments as JSON text. */
export function toWireCall({ id, name, arguments: given }: ToolCall) {
  return {
    id: id ?? "",
    type: "function" as const,
    function: { name, arguments: JSON.stringify(given) },
  };
}
