/**
 * A text that is being typed, and the cursor in it.
 *
 * @module
 */

import { graphemesOf } from "./text_width.ts";

/** The word before a cursor, with the spaces after it. */
const WORD_BEFORE = /\S*\s*$/;

/** The word after a cursor, with the spaces before it. */
const WORD_AFTER = /^\s*\S*/;

/** What stands before and after the cursor. Lines end with a line feed. */
export class LineBuffer {
  before = "";
  after = "";

  get text(): string {
    return this.before + this.after;
  }

  /** Replaces all; the cursor goes to the end. */
  set(text: string): void {
    this.before = text;
    this.after = "";
  }

  insert(text: string): void {
    this.before += text;
  }

  left(): void {
    this.#moveBack(graphemesOf(this.before).at(-1) ?? "");
  }

  right(): void {
    this.#moveForward(graphemesOf(this.after)[0] ?? "");
  }

  wordLeft(): void {
    this.#moveBack(WORD_BEFORE.exec(this.before)?.[0] ?? "");
  }

  wordRight(): void {
    this.#moveForward(WORD_AFTER.exec(this.after)?.[0] ?? "");
  }

  /** To the beginning of the line. */
  start(): void {
    this.#moveBack(/[^\n]*$/.exec(this.before)?.[0] ?? "");
  }

  /** To the end of the line. */
  end(): void {
    this.#moveForward(/^[^\n]*/.exec(this.after)?.[0] ?? "");
  }

  backspace(): void {
    const last = graphemesOf(this.before).at(-1) ?? "";
    this.before = this.before.slice(0, this.before.length - last.length);
  }

  delete(): void {
    this.after = this.after.slice((graphemesOf(this.after)[0] ?? "").length);
  }

  deleteWord(): void {
    this.before = this.before.replace(WORD_BEFORE, "");
  }

  /** To the end of the line. */
  deleteAfter(): void {
    this.after = this.after.replace(/^[^\n]*/, "");
  }

  /** To the beginning of the line. */
  deleteBefore(): void {
    this.before = this.before.replace(/[^\n]*$/, "");
  }

  #moveBack(text: string): void {
    this.before = this.before.slice(0, this.before.length - text.length);
    this.after = text + this.after;
  }

  #moveForward(text: string): void {
    this.before += text;
    this.after = this.after.slice(text.length);
  }
}
