/**
 * Ends a transfer in which nothing has moved for too long.
 *
 * @module
 */

import { RegistryError } from "./registry_error.ts";

/** A signal that follows a parent's and is also aborted by a stall. */
export class StallGuard implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #follow = () => this.#controller.abort(this.#parent.reason);
  #movedAt = performance.now();

  constructor(parent: AbortSignal, stallMs: number) {
    parent.throwIfAborted();
    this.#parent = parent;
    parent.addEventListener("abort", this.#follow, { once: true });
    this.#timer = setInterval(() => {
      if (performance.now() - this.#movedAt > stallMs) {
        this.#controller.abort(
          new RegistryError("broken", `stalled for ${stallMs / 1000} seconds`),
        );
      }
    }, stallMs / 4);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Says that something has moved. */
  touch(): void {
    this.#movedAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#parent.removeEventListener("abort", this.#follow);
  }
}
