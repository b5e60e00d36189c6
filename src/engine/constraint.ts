/**
 * Holds an answer to a grammar, from its beginning or from a marker on.
 *
 * @module
 */

import type { GrammarMatcher } from "../prompt/grammar.ts";

/** The grammar of one answer. */
export class Constraint implements Disposable {
  readonly #matcher: GrammarMatcher;
  readonly #decoder = new TextDecoder();
  /** Text still waited for; "" once the grammar holds. */
  #marker: string;
  #text = "";

  constructor(matcher: GrammarMatcher, after = "") {
    this.#matcher = matcher;
    this.#marker = after;
  }

  /** Tokens that may come next; undefined: any. */
  get allowed(): Int32Array | undefined {
    return this.#marker === "" ? this.#matcher.allowed : undefined;
  }

  /** Moves on by a token that was chosen. */
  accept(token: number, bytes: Uint8Array): void {
    if (this.#marker === "") {
      this.#matcher.accept(token, bytes);
      return;
    }
    this.#text += this.#decoder.decode(bytes, { stream: true });
    if (this.#text.includes(this.#marker)) {
      this.#marker = "";
    }
    this.#text = this.#text.slice(-2 * this.#marker.length);
  }

  [Symbol.dispose](): void {
    this.#matcher[Symbol.dispose]();
  }
}
