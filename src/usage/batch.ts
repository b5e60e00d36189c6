/**
 * Things that are handled together, a little later, so that nobody waits for
 * it: requests that have ended, on their way to files and counters.
 *
 * @module
 */

/** Longest time anything waits, milliseconds. */
const BATCH_MS = 200;

/** Collects things and hands them over. */
export class Batch<T> {
  readonly #handle: (things: readonly T[]) => void;
  #things: T[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `handle` gets them soon, and must not throw. */
  constructor(handle: (things: readonly T[]) => void) {
    this.#handle = handle;
  }

  /** Takes one more; never waits. */
  add(thing: T): void {
    this.#things.push(thing);
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.flush(), BATCH_MS);
      Deno.unrefTimer(this.#timer);
    }
  }

  /** Hands over what there is, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#things.length > 0) {
      const things = this.#things;
      this.#things = [];
      this.#handle(things);
    }
  }
}
