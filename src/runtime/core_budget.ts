/**
 * Shares the machine's cores among the engines that work right now: ggml's
 * threads spin at barriers, so more of them than cores stop each other.
 *
 * @module
 */

/** Something that computes with a number of threads. */
export interface ThreadUser {
  setThreads(count: number): void;
}

/** Hands out compute threads. */
export class CoreBudget {
  readonly #cores: number;
  readonly #given = new WeakMap<ThreadUser, number>();

  constructor(cores: number) {
    this.#cores = cores;
  }

  /** Gives each of those at work an equal share, one thread at least. */
  share(working: readonly ThreadUser[]): void {
    const each = Math.max(1, Math.floor(this.#cores / working.length));
    for (const user of working) {
      if ((this.#given.get(user) ?? this.#cores) !== each) {
        user.setThreads(each);
      }
      this.#given.set(user, each);
    }
  }
}
