/**
 * Step events on their way out. Every write wakes the server and a client,
 * and they take a core from the computation: what steps that follow each
 * other quickly have to say goes out together.
 *
 * @module
 */

import type { RequestEvent, StepEvent } from "../messages.ts";

/** Longest that text waits for more, milliseconds: 30 times a second. */
const HOLD_MS = 33;

type Progress = Extract<RequestEvent, { type: "progress" }>;

function join(earlier: Progress, later: Progress): Progress {
  return { ...later, text: earlier.text + later.text };
}

/** Joins the progress of several steps; first texts and ends never wait. */
export class Outbox {
  readonly #now: () => number;
  readonly #progress = new Map<number, Progress>();
  /** Requests whose first text is out. */
  readonly #begun = new Set<number>();
  #totals: StepEvent["totals"] | undefined;
  #flushedAt = -Infinity;

  /** `now`: milliseconds that never run backwards. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes what a step has said; gives what is to be sent now, if anything. */
  add({ events, totals }: StepEvent): StepEvent | undefined {
    this.#totals = totals;
    let urgent = this.#now() - this.#flushedAt >= HOLD_MS;
    const ends: RequestEvent[] = [];
    for (const event of events) {
      if (event.type === "progress") {
        urgent = this.#hold(event) || urgent;
      } else {
        this.#begun.delete(event.id);
        ends.push(event);
      }
    }
    return urgent || ends.length > 0 ? this.flush(ends) : undefined;
  }

  /** Gives what was held, and `ends` after it. */
  flush(ends: readonly RequestEvent[] = []): StepEvent | undefined {
    const totals = this.#totals;
    if (totals === undefined) {
      return undefined;
    }
    const events = [...this.#progress.values(), ...ends];
    this.#progress.clear();
    this.#totals = undefined;
    this.#flushedAt = this.#now();
    return { type: "step", events, totals };
  }

  /** Whether it must not be held any longer. */
  #hold(event: Progress): boolean {
    const { id, text } = event;
    const held = this.#progress.get(id);
    this.#progress.set(id, held === undefined ? event : join(held, event));
    if (text === "" || this.#begun.has(id)) {
      return false;
    }
    this.#begun.add(id);
    return true;
  }
}
