/**
 * Breaks lines between words while an answer is streamed.
 *
 * @module
 */

import { columnsOf } from "./text_width.ts";

/** Text goes in as it comes; whole words come out, on lines that fit. */
export class WordWrap {
  readonly #columns: number;
  /** Columns taken on the current line. */
  #taken = 0;
  /** The word that may still go on. */
  #word = "";
  #wordColumns = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** What can be shown after this text. */
  push(text: string): string {
    return [...text].map((character) => this.#pushCharacter(character))
      .join("");
  }

  /** What was held back, and a fresh line from here. */
  end(): string {
    const rest = this.#endWord();
    this.#taken = 0;
    return rest;
  }

  #pushCharacter(character: string): string {
    if (character === "\n") {
      return this.end() + character;
    }
    if (/\s/u.test(character)) {
      const shown = this.#endWord() + character;
      this.#taken++;
      return shown;
    }
    const columns = columnsOf(character);
    const shown = columns === 2 ? this.#endWord() : "";
    this.#word += character;
    this.#wordColumns += columns;
    return columns === 2 ? shown + this.#endWord() : shown;
  }

  #endWord(): string {
    const breaks = this.#taken > 0 && this.#word !== "" &&
      this.#taken + this.#wordColumns > this.#columns;
    const shown = (breaks ? "\n" : "") + this.#word;
    this.#taken = (breaks ? 0 : this.#taken) + this.#wordColumns;
    this.#word = "";
    this.#wordColumns = 0;
    return shown;
  }
}
