/**
 * Ends thinking that takes too long: the model is made to write what ends it.
 *
 * @module
 */

import type { ThinkingLimit } from "../generation.ts";

/** What an answer is at. */
type State = "before" | "thinking" | "closing" | "over";

/** The thinking of one answer, followed as it is written. */
export class ThinkingBudget {
  readonly #limit: ThinkingLimit;
  readonly #closing: readonly number[];
  readonly #decoder = new TextDecoder();
  #state: State;
  #text = "";
  #used = 0;
  #closed = 0;

  /** `closing` are the tokens of the text that ends the thinking. */
  constructor(limit: ThinkingLimit, closing: readonly number[]) {
    this.#limit = limit;
    this.#closing = closing;
    this.#state = limit.open === "" ? "thinking" : "before";
    this.#closeWhenSpent("");
  }

  /** The token that comes next; undefined: any. */
  get forced(): number | undefined {
    return this.#state === "closing" ? this.#closing[this.#closed] : undefined;
  }

  /** Moves on by a token that was chosen. */
  accept(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    switch (this.#state) {
      case "before":
        return this.#begin(text);
      case "thinking":
        return this.#think(text, bytes);
      case "closing":
        this.#closed++;
        if (this.#closed === this.#closing.length) {
          this.#state = "over";
        }
        return;
      case "over":
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** An answer that begins otherwise has no thinking. */
  #begin(text: string): void {
    const { open } = this.#limit;
    this.#text = (this.#text + text).trimStart();
    if (this.#text.startsWith(open)) {
      this.#state = "thinking";
      this.#text = this.#text.slice(open.length);
      this.#closeWhenSpent("");
    } else if (!open.startsWith(this.#text)) {
      this.#state = "over";
    }
  }

  #think(text: string, bytes: Uint8Array): void {
    const { close } = this.#limit;
    this.#used++;
    this.#text += text;
    if (this.#text.includes(close)) {
      this.#state = "over";
      return;
    }
    this.#text = this.#text.slice(-close.length);
    // A letter that is cut in two is finished first.
    if (text !== "" || bytes.length === 0) {
      this.#closeWhenSpent(this.#text);
    }
  }

  /** What has begun to end by itself is left to it. */
  #closeWhenSpent(text: string): void {
    const { close, tokens } = this.#limit;
    const ending = Array.from(close, (_, length) => close.slice(0, length))
      .some((part) => part !== "" && text.endsWith(part));
    const spent = this.#state === "thinking" && this.#used >= tokens;
    if (spent && !ending && this.#closing.length > 0) {
      this.#state = "closing";
    }
  }
}
