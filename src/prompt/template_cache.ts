/**
 * Compiled templates by their text.
 *
 * @module
 */

/** Compiled templates kept; those not used for longest go first. */
const KEPT_TEMPLATES = 32;

/** Compiles a template once. */
export class TemplateCache<T> {
  readonly #compile: (source: string) => T;
  readonly #kept = new Map<string, T>();

  constructor(compile: (source: string) => T) {
    this.#compile = compile;
  }

  /** The compiled template; throws what compiling it throws. */
  get(source: string): T {
    const template = this.#kept.get(source) ?? this.#compile(source);
    this.#kept.delete(source);
    this.#kept.set(source, template);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT_TEMPLATES && oldest !== undefined) {
      this.#kept.delete(oldest);
    }
    return template;
  }
}
