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

/** Holds events back for a moment; first texts and ends never wait. */
export class Outbox {
  readonly #now: () => number;
  /** Requests whose first text is out. */
  readonly #begun = new Set<number>();
  #held: StepEvent | undefined;
  #flushedAt = -Infinity;

  /** `now`: milliseconds that never run backwards. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes what a step has said; gives what is to be sent now, if anything. */
  add({ type, events, totals }: StepEvent): StepEvent | undefined {
    const earlier = this.#held?.events ?? [];
    this.#held = { type, events: [...earlier, ...events], totals };
    const urgent = events.filter((event) => this.#isUrgent(event)).length > 0;
    return urgent || this.#now() - this.#flushedAt >= HOLD_MS
      ? this.flush()
      : undefined;
  }

  /** Gives what was held, if anything. */
  flush(): StepEvent | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) {
      this.#flushedAt = this.#now();
    }
    return held;
  }

  #isUrgent(event: RequestEvent): boolean {
    if (event.type !== "progress") {
      this.#begun.delete(event.id);
      return true;
    }
    if (event.text === "" || this.#begun.has(event.id)) {
      return false;
    }
    this.#begun.add(event.id);
    return true;
  }
}
