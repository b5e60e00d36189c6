/**
 * Draws a text that is being typed, over as many rows as it takes.
 *
 * @module
 */

import { graphemeColumns, graphemesOf } from "./text_width.ts";

/** What stands left of the text, and what an empty text shows. */
export interface Prompt {
  /** Before the first line. */
  readonly mark: string;
  /** Before the lines after it. */
  readonly nextMark: string;
  readonly placeholder: string;
}

/** Size of a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const GREY = "\x1b[38;5;245m";
const PLAIN = "\x1b[0m";

/** Rows of a screen, the last of which may go on. */
class Rows {
  readonly rows: string[];
  #columns: number;

  constructor(
    readonly width: number,
    readonly nextMark: string,
    mark: string,
  ) {
    this.rows = [mark];
    this.#columns = mark.length;
  }

  get last(): number {
    return this.rows.length - 1;
  }

  /** Column at which the next character goes. */
  get column(): number {
    return this.#columns;
  }

  add(text: string): void {
    for (const grapheme of graphemesOf(text)) {
      if (grapheme === "\n") {
        this.#begin(this.nextMark);
      } else {
        this.#addGrapheme(grapheme);
      }
    }
  }

  #addGrapheme(grapheme: string): void {
    const columns = graphemeColumns(grapheme);
    if (this.#columns + columns > this.width) {
      this.#begin("");
    }
    this.rows[this.last] += grapheme;
    this.#columns += columns;
    // A cursor after the last column would hang there.
    if (this.#columns === this.width) {
      this.#begin("");
    }
  }

  #begin(row: string): void {
    this.rows.push(row);
    this.#columns = row.length;
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}

function forward(columns: number): string {
  return columns > 0 ? `\x1b[${columns}C` : "";
}

/** Knows where the cursor is, so that it can draw over what it drew. */
export class LineView {
  /** Rows between the first that was drawn and the cursor. */
  #cursorRow = 0;

  /** Terminal codes that show the text, or the part that fits. */
  draw(
    { mark, nextMark, placeholder }: Prompt,
    before: string,
    after: string,
    screen: ScreenSize,
  ): string {
    const rows = new Rows(screen.columns, nextMark, mark);
    rows.add(before);
    const { last: cursorRow, column } = rows;
    rows.add(after);
    const first = Math.max(0, cursorRow - screen.rows + 1);
    const shown = rows.rows.slice(first, first + screen.rows);
    const hint = before + after === "" ? GREY + placeholder + PLAIN : "";
    const drawn = this.#over() + shown.join("\r\n") + hint;
    this.#cursorRow = cursorRow - first;
    const back = up(shown.length - 1 - this.#cursorRow);
    return `${drawn}${back}\r${forward(column)}`;
  }

  /** Terminal codes that show the whole text and leave it. */
  finish({ mark, nextMark }: Prompt, text: string, screen: ScreenSize): string {
    const rows = new Rows(screen.columns, nextMark, mark);
    rows.add(text);
    const drawn = `${this.#over()}${rows.rows.join("\r\n")}\r\n`;
    this.#cursorRow = 0;
    return drawn;
  }

  /** Terminal codes that take the text away. */
  clear(): string {
    const codes = this.#over();
    this.#cursorRow = 0;
    return codes;
  }

  /** Terminal codes that clear the screen. */
  clearScreen(): string {
    this.#cursorRow = 0;
    return "\x1b[H\x1b[2J";
  }

  #over(): string {
    return `${up(this.#cursorRow)}\r\x1b[J`;
  }
}
