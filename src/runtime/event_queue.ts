/**
 * Events of one request, from the engine's reader to the one who waits.
 *
 * @module
 */

/** A queue with one reader. Pushing never waits. */
export class EventQueue<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;
  #error: Error | undefined;

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Makes {@linkcode next} throw once the queue is empty. */
  fail(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  /** The next item, waiting for it. */
  async next(): Promise<T> {
    while (this.#items.length === 0) {
      if (this.#error !== undefined) {
        throw this.#error;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#items.shift() as T;
  }

  /** Takes what need not be waited for. */
  arrived(): T[] {
    return this.#items.splice(0);
  }
}
