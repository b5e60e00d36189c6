/**
 * One generation: its tokens, its counts, its text.
 *
 * @module
 */

import type {
  FinishReason,
  TokenCounts,
  TokenLogprob,
  Truncation,
} from "../generation.ts";
import type { GenerateCommand } from "../messages.ts";
import type { Backend, Sampler } from "./backend.ts";
import type { Constraint } from "./constraint.ts";
import { LogprobStream } from "./logprob_stream.ts";
import { Distribution } from "./logprobs.ts";
import type { Schedulable } from "./scheduler.ts";
import type { Slot } from "./slots.ts";
import { type StreamedText, TextStream } from "./text_stream.ts";
import { ThinkingBudget } from "./thinking_budget.ts";

/** Unlimited answers end after so many contexts, as Ollama's do. */
const CONTEXTS_AT_MOST = 10;

/** What one more token led to. */
export interface Continuation {
  readonly text: string;
  /** Present when the answer has ended. */
  readonly reason?: FinishReason;
  readonly stopString?: string;
  /** Of the tokens whose text this is, when asked for. */
  readonly logprobs?: readonly TokenLogprob[];
}

function budgetOf(
  { thinking }: GenerateCommand,
  backend: Backend,
): ThinkingBudget | undefined {
  if (thinking === undefined) {
    return undefined;
  }
  // A schema may hold right after it, so nothing follows.
  const closing = backend.tokenize(`\n${thinking.close}`, false, true);
  return new ThinkingBudget(thinking, closing);
}

/** State of one generation. */
export class Sequence implements Schedulable {
  readonly command: GenerateCommand;
  readonly truncation: Truncation | undefined;
  /** Prompt and answer; the first `slot.tokens.length` are in the cache. */
  tokens: number[];
  slot: Slot | undefined;
  constraint: Constraint | undefined;
  readonly #backend: Backend;
  readonly #sampler: Sampler;
  readonly #text: TextStream;
  readonly #logprobs: LogprobStream | undefined;
  readonly #thinking: ThinkingBudget | undefined;
  readonly #maxTokens: number;
  #promptEnd: number;
  #cached = 0;
  #computed = 0;
  #generated = 0;
  #startedAt = 0;
  #firstTokenAt = 0;

  constructor(
    command: GenerateCommand,
    tokens: number[],
    truncation: Truncation | undefined,
    backend: Backend,
  ) {
    this.command = command;
    this.tokens = tokens;
    this.truncation = truncation;
    this.#backend = backend;
    this.#promptEnd = tokens.length;
    this.#text = new TextStream(command.limits.stop);
    this.#logprobs = command.logprobs === undefined
      ? undefined
      : new LogprobStream((token) => this.#piece(token));
    this.#thinking = budgetOf(command, backend);
    this.#maxTokens = Math.min(
      command.limits.maxTokens ?? Infinity,
      CONTEXTS_AT_MOST * backend.info.contextLength,
    );
    // Last, since it must be disposed of.
    this.#sampler = backend.createSampler(command.sampling);
  }

  get id(): number {
    return this.command.id;
  }

  get counts(): TokenCounts {
    return {
      cached: this.#cached,
      computed: this.#computed,
      generated: this.#generated,
    };
  }

  get pending(): number {
    return this.tokens.length - (this.slot?.tokens.length ?? 0);
  }

  get generating(): boolean {
    return this.#generated > 0 && this.pending === 1;
  }

  /** Prompt, answer and, in time, both parts' durations in nanoseconds. */
  timings(now: number): { promptNs: number; decodeNs: number } {
    const first = this.#firstTokenAt || now;
    return {
      promptNs: Math.round((first - this.#startedAt) * 1e6),
      decodeNs: Math.round((now - first) * 1e6),
    };
  }

  /** Gets its slot; `cached` prompt tokens are in it. Returns `cached`. */
  start(slot: Slot, cached: number, now: number): void {
    this.slot = slot;
    this.#cached = cached;
    this.#startedAt = now;
    this.#acceptPrompt();
  }

  /** Books evaluated tokens; how many of them were of the prompt. */
  evaluated(count: number): number {
    const slot = this.slot;
    if (slot === undefined) {
      return 0;
    }
    const from = slot.tokens.length;
    for (let i = from; i < from + count; i++) {
      slot.tokens.push(this.tokens[i] ?? 0);
    }
    const prompt = this.#generated > 0
      ? 0
      : Math.max(0, Math.min(from + count, this.#promptEnd) - from);
    this.#computed += prompt;
    return prompt;
  }

  /** The answer may have no tokens at all. */
  get wantsNothing(): boolean {
    return this.#maxTokens === 0;
  }

  /** Chooses the next token from the output at `batchIndex`. */
  sample(batchIndex: number, now: number): Continuation {
    const distribution = this.#distribution(batchIndex);
    const token = this.#choose(batchIndex);
    const bytes = this.#piece(token);
    const ends = this.#backend.isEndOfGeneration(token);
    this.constraint?.accept(token, this.#backend.piece(token, true));
    this.#thinking?.accept(this.#backend.piece(token, true));
    if (distribution !== undefined && !ends) {
      this.#logprobs?.push(token, this.#text.position, distribution);
    }
    // Counted when nothing can fail any more, or the sums would differ.
    this.#firstTokenAt ||= now;
    this.#generated++;
    this.tokens.push(token);
    if (ends) {
      return this.endWith("stop");
    }
    const streamed = this.#text.push(bytes);
    if (streamed.stopString !== undefined) {
      return { ...this.#withLogprobs(streamed), reason: "stop" };
    }
    return this.#generated >= this.#maxTokens
      ? this.endWith("length", streamed.text)
      : this.#withLogprobs(streamed);
  }

  /** Ends the answer with what was held back, after `text`. */
  endWith(reason: FinishReason, text = ""): Continuation {
    const whole = { text: text + this.#text.end() };
    return { ...this.#withLogprobs(whole, Infinity), reason };
  }

  /** Forgets `count` tokens from `from` on. */
  discard(from: number, count: number): void {
    this.tokens.splice(from, count);
    this.slot?.tokens.splice(from, count);
    this.#promptEnd = Math.max(0, this.#promptEnd - count);
  }

  dispose(): void {
    this.#sampler[Symbol.dispose]();
    this.constraint?.[Symbol.dispose]();
  }

  /** Draws a token, unless there is no choice. */
  #choose(batchIndex: number): number {
    const forced = this.#thinking?.forced;
    if (forced === undefined) {
      return this.#sampler.sample(batchIndex, this.constraint?.allowed);
    }
    this.#sampler.accept(forced);
    return forced;
  }

  #piece(token: number): Uint8Array {
    return this.#backend.piece(token, this.command.controlTokens);
  }

  /** Read before sampling, which hides what a grammar forbids. */
  #distribution(batchIndex: number): Distribution | undefined {
    const { logprobs } = this.command;
    return logprobs === undefined
      ? undefined
      : new Distribution(this.#backend.logits(batchIndex), logprobs);
  }

  /** With the log probabilities of the text up to `end`, UTF-16 units. */
  #withLogprobs(
    streamed: StreamedText,
    end = this.#text.shown,
  ): Continuation {
    const logprobs = this.#logprobs?.release(end) ?? [];
    return logprobs.length === 0 ? streamed : { ...streamed, logprobs };
  }

  /** The end of the prompt counts for penalties, when there are any. */
  #acceptPrompt(): void {
    const { sampling } = this.command;
    const penalized = sampling.repeatPenalty !== 1 ||
      sampling.presencePenalty !== 0 || sampling.frequencyPenalty !== 0;
    if (!penalized || sampling.repeatLastN === 0) {
      return;
    }
    const from = sampling.repeatLastN < 0
      ? 0
      : Math.max(0, this.tokens.length - sampling.repeatLastN);
    for (const token of this.tokens.slice(from)) {
      this.#sampler.accept(token);
    }
  }
}
