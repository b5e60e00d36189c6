/**
 * Labels of metrics, of which there may be only so many: what reads metrics
 * keeps a series for each, for ever.
 *
 * @module
 */

import type { Entry } from "./entry.ts";

/** Models told apart. */
const MOST_MODELS = 100;
const OTHER_MODELS = "(other models)";

/** Keys told apart. */
const MOST_KEYS = 100;
const OTHER_KEYS = "(other keys)";

/** Groups of model, key, endpoint and outcome told apart. */
const MOST_GROUPS = 800;

/** Values told apart: the first so many. */
class FirstValues {
  readonly #known = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a value is one of them. */
  has(value: string): boolean {
    if (this.#known.size < this.#most) {
      this.#known.add(value);
    }
    return this.#known.has(value);
  }
}

/** Names requests' models and keys in metrics. */
export class BoundedLabels {
  readonly #models = new FirstValues(MOST_MODELS);
  readonly #keys = new FirstValues(MOST_KEYS);
  readonly #groups = new FirstValues(MOST_GROUPS);

  /** The model, or what the rest is called. */
  model({ model }: Pick<Entry, "model">): string {
    return this.#models.has(model) ? model : OTHER_MODELS;
  }

  /** Both, or what the rest is called. */
  modelAndKey(entry: Entry): { model: string; key: string } {
    const { endpoint, outcome } = entry;
    const model = this.model(entry);
    const key = this.#keys.has(entry.key) ? entry.key : OTHER_KEYS;
    const group = [model, key, endpoint, outcome].join("\n");
    return this.#groups.has(group)
      ? { model, key }
      : { model: OTHER_MODELS, key: OTHER_KEYS };
  }
}
