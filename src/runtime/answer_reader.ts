/**
 * What an engine reports of a generation, as the events of an answer.
 *
 * @module
 */

import type {
  GenerationDone,
  GenerationEvent,
  TextEvent,
  TokenCounts,
  TokenLogprob,
  ToolCall,
  Truncation,
} from "../generation.ts";
import type { RequestEvent } from "../messages.ts";
import type { AnswerParser, AnswerPiece } from "../prompt/answer_piece.ts";

type PartEvent = Exclude<GenerationEvent, GenerationDone>;
type Report = Extract<RequestEvent, { type: "progress" | "done" }>;

/** Whether an event belongs to an answer that goes well. */
export function isReport(event: RequestEvent): event is Report {
  return event.type === "progress" || event.type === "done";
}

/** Whether the whole prompt is in a report's counts. */
export function hasReadPrompt({ type, counts }: Report): boolean {
  return type === "done" || counts.generated > 0;
}

/** Text without log probabilities, which keep their tokens apart. */
function isPlain(event: GenerationEvent | undefined): event is TextEvent {
  return (event?.type === "text" || event?.type === "thinking") &&
    event.logprobs === undefined;
}

/** Joins texts that follow each other, so that they are sent as one. */
export function joinTexts(
  events: readonly GenerationEvent[],
): GenerationEvent[] {
  const joined: GenerationEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (isPlain(last) && isPlain(event) && last.type === event.type) {
      joined.splice(-1, 1, { ...last, text: last.text + event.text });
    } else {
      joined.push(event);
    }
  }
  return joined;
}

/** `call_` and eight characters, as Ollama names calls. */
function withId(call: ToolCall): ToolCall {
  const id = `call_${crypto.randomUUID().slice(0, 8)}`;
  return { ...call, id: call.id ?? id };
}

function toEvent(piece: AnswerPiece): PartEvent {
  return piece.type === "call" ? { type: "call", call: withId(piece.call) } : {
    type: piece.type === "content" ? "text" : "thinking",
    text: piece.text,
  };
}

/** The first text takes the log probabilities; without one they go alone. */
function withLogprobs(
  events: readonly PartEvent[],
  logprobs: readonly TokenLogprob[],
): PartEvent[] {
  const at = events.findIndex((event) => event.type !== "call");
  const text = events[at];
  return text === undefined || text.type === "call"
    ? [{ type: "text", text: "", logprobs }, ...events]
    : events.with(at, { ...text, logprobs });
}

/** Counts the tokens of thinking: each belongs to the text it led to. */
class ReasoningCount {
  total = 0;
  #generated = 0;
  /** Tokens whose text has not come yet. */
  #unplaced = 0;
  #thinking = false;

  add(counts: TokenCounts, pieces: readonly AnswerPiece[]): void {
    this.#unplaced += counts.generated - this.#generated;
    this.#generated = counts.generated;
    const [first] = pieces;
    if (first !== undefined) {
      this.#thinking = first.type === "thinking";
      this.#place();
      this.#thinking = pieces.at(-1)?.type === "thinking";
    }
  }

  /** Text that never came counts as what came before. */
  end(): number {
    this.#place();
    return this.total;
  }

  #place(): void {
    this.total += this.#thinking ? this.#unplaced : 0;
    this.#unplaced = 0;
  }
}

/** Reads one answer. */
export class AnswerReader {
  readonly #parser: AnswerParser | undefined;
  readonly #truncation: Truncation | undefined;
  readonly #reasoning = new ReasoningCount();

  /** `truncation` tells of turns that were dropped before the engine. */
  constructor(
    parser: AnswerParser | undefined,
    truncation: Truncation | undefined,
  ) {
    this.#parser = parser;
    this.#truncation = truncation;
  }

  /** What a report brings, in order. */
  read(report: Report): GenerationEvent[] {
    const pieces = this.#split(report);
    this.#reasoning.add(report.counts, pieces);
    const { logprobs = [] } = report;
    const events = pieces.map(toEvent);
    const all = logprobs.length === 0 ? events : withLogprobs(events, logprobs);
    return report.type === "done" ? [...all, this.#ending(report)] : all;
  }

  #split({ type, text }: Report): AnswerPiece[] {
    if (this.#parser === undefined) {
      return text === "" ? [] : [{ type: "content", text }];
    }
    const pieces = text === "" ? [] : this.#parser.add(text);
    return type === "done" ? [...pieces, ...this.#parser.end()] : pieces;
  }

  #ending(report: Extract<Report, { type: "done" }>): GenerationDone {
    const { reason, counts, timings, stopString, context } = report;
    const truncation = this.#truncationOf(report);
    return {
      type: "done",
      reason,
      counts,
      reasoningTokens: this.#reasoning.end(),
      timings,
      ...(stopString === undefined ? {} : { stopString }),
      ...(context === undefined ? {} : { context }),
      ...(truncation === undefined ? {} : { truncation }),
    };
  }

  /** Turns dropped before and tokens cut by the engine are one truncation. */
  #truncationOf(cut: { readonly truncation?: Truncation }) {
    if (this.#truncation === undefined || cut.truncation === undefined) {
      return this.#truncation ?? cut.truncation;
    }
    const { originalTokens } = this.#truncation;
    return { originalTokens, keptTokens: cut.truncation.keptTokens };
  }
}
