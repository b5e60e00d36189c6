/**
 * Values of a metric's label, of which there may be only so many: what reads
 * metrics keeps a series for each, for ever.
 *
 * @module
 */

/** Tells the first values apart and calls the rest one name. */
export class BoundedLabel {
  readonly #known = new Set<string>();
  readonly #most: number;
  readonly #others: string;

  constructor(most: number, others: string) {
    this.#most = most;
    this.#others = others;
  }

  /** The value, or the name of the rest. */
  of(value: string): string {
    if (!this.#known.has(value)) {
      if (this.#known.size >= this.#most) {
        return this.#others;
      }
      this.#known.add(value);
    }
    return value;
  }
}

/** Models told apart in metrics. */
export function modelLabel(): BoundedLabel {
  return new BoundedLabel(200, "(other models)");
}

/** Keys told apart in metrics. */
export function keyLabel(): BoundedLabel {
  return new BoundedLabel(200, "(other keys)");
}
