/**
 * The cache's sequences: who has which, what each still holds of earlier
 * requests, and which prefix a new prompt can take over.
 *
 * @module
 */

import type { Backend } from "./backend.ts";

/** Gains below it do not make up for waiting a step, tokens. */
const WORTHWHILE = 16;

/**
 * What one more run of neighbouring slots costs, tokens. libllama computes
 * only neighbours together (`llama_batch_allocr::split_equal`), so each run
 * reads the weights anew in every step; over an answer of a hundred tokens
 * that took as long as to evaluate 160 tokens of a prompt (SmolLM2-135M,
 * two cores).
 */
const SCATTERED = 160;

/** What a slot needs of the cache. */
export type SlotCache = Pick<
  Backend,
  "truncateSequence" | "copyPrefix" | "copyTokens"
>;

/** One sequence of the cache. */
export interface Slot {
  readonly sequence: number;
  /** Tokens that are in the cache, by position. */
  tokens: number[];
  busy: boolean;
  /** Tokens the present owner will have evaluated of its prompt. */
  promised: readonly number[];
  /** How many of the tokens were prompt; the answer may never come back. */
  promptLength: number;
  /** Order of use; larger is later. */
  usedAt: number;
}

/** A slot for a prompt, with the first `cached` tokens already in it. */
export interface Allocation {
  readonly slot: Slot;
  readonly cached: number;
}

/** Length of the common prefix of two token lists. */
export function commonPrefix(
  a: readonly number[],
  b: readonly number[],
): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) {
    length++;
  }
  return length;
}

/** Allots slots. */
export class Slots {
  readonly #cache: SlotCache;
  readonly #slots: readonly Slot[];
  #clock = 0;

  constructor(count: number, cache: SlotCache) {
    this.#cache = cache;
    this.#slots = Array.from({ length: count }, (_, sequence) => ({
      sequence,
      tokens: [],
      busy: false,
      promised: [],
      promptLength: 0,
      usedAt: 0,
    }));
  }

  /**
   * A slot for the prompt, or undefined when none is free, or when a busy one
   * is about to evaluate a prefix that can then be copied. The last token of
   * a prompt is never cached: its logits are wanted.
   */
  allocate(prompt: readonly number[]): Allocation | undefined {
    const free = this.#slots.filter((slot) => !slot.busy);
    if (free.length === 0) {
      return undefined;
    }
    const most = prompt.length - 1;
    const held = (slot: Slot) =>
      Math.min(most, commonPrefix(slot.tokens, prompt));
    const busy = this.#slots.filter((slot) => slot.busy);
    const best = longest([...free, ...busy], held);
    if (this.#willBeEvaluated(prompt, most) >= held(best) + this.#worthwhile) {
      return undefined;
    }
    const target = this.#target(free, best, held);
    const cached = this.#prepare(target, best, held);
    target.tokens = prompt.slice(0, cached);
    target.busy = true;
    target.promised = prompt;
    target.promptLength = prompt.length;
    target.usedAt = ++this.#clock;
    return { slot: target, cached };
  }

  /** Gives a slot back; what it holds may serve later prompts. */
  release(slot: Slot): void {
    slot.busy = false;
    slot.promised = [];
    slot.usedAt = ++this.#clock;
  }

  /** Forgets everything, after a decode that failed half way. */
  clearAll(): void {
    for (const slot of this.#slots) {
      this.#clear(slot);
    }
  }

  /** Shorter common prefixes are not worth copying or waiting for, tokens. */
  get #worthwhile(): number {
    return WORTHWHILE + this.#cache.copyTokens;
  }

  #clear(slot: Slot): void {
    this.#cache.truncateSequence(slot.sequence, 0);
    slot.tokens = [];
  }

  /** Tokens of the prompt that busy slots will hold but do not yet. */
  #willBeEvaluated(prompt: readonly number[], most: number): number {
    const coming = this.#slots
      .filter((slot) => slot.busy && slot.tokens.length < slot.promised.length)
      .map((slot) => Math.min(most, commonPrefix(slot.promised, prompt)));
    return Math.max(0, ...coming);
  }

  /**
   * The cheapest slot, in tokens: those left to evaluate, those that another
   * conversation will miss, and what it costs to be far from those at work.
   */
  #target(
    free: readonly Slot[],
    best: Slot,
    held: (slot: Slot) => number,
  ): Slot {
    const copied = held(best) - this.#worthwhile;
    const byAge = free.toSorted((a, b) => a.usedAt - b.usedAt);
    const price = (slot: Slot, age: number) => {
      const own = held(slot);
      const missed = Math.min(slot.promptLength, slot.tokens.length) - own;
      // The longer a conversation rests, the less likely it goes on.
      const likely = (age + 1) / byAge.length;
      return likely * Math.max(0, missed) - Math.max(own, copied) +
        SCATTERED * this.#runsAdded(slot);
    };
    const prices = byAge.map(price);
    return byAge[prices.indexOf(Math.min(...prices))] ?? best;
  }

  /** Runs of neighbours at work that there are more with the slot: -1 to 1. */
  #runsAdded({ sequence }: Slot): number {
    const works = (each: number) => this.#slots[each]?.busy ? 1 : 0;
    return 1 - works(sequence - 1) - works(sequence + 1);
  }

  /** Brings the longest prefix it can into the slot; how long it is. */
  #prepare(target: Slot, best: Slot, held: (slot: Slot) => number): number {
    const wanted = held(best);
    const own = held(target);
    if (target !== best && wanted >= own + this.#worthwhile) {
      this.#clear(target);
      const { sequence } = best;
      return this.#cache.copyPrefix(sequence, target.sequence, wanted)
        ? wanted
        : 0;
    }
    if (
      own > 0 && (own === target.tokens.length ||
        this.#cache.truncateSequence(target.sequence, own))
    ) {
      return own;
    }
    this.#clear(target);
    return 0;
  }
}

function longest(
  slots: readonly Slot[],
  held: (slot: Slot) => number,
): Slot {
  return slots.reduce((a, b) => held(b) > held(a) ? b : a);
}
