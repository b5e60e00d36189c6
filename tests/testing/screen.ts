/**
 * A terminal's screen, as far as the command line draws on it.
 *
 * @module
 */

// deno-lint-ignore no-control-regex -- these are the codes
const TOKEN = /\x1b\[\??([\d;]*)([A-Za-z])|[^]/gu;

/** Characters in rows, and where the cursor is. Nothing scrolls. */
export class Screen {
  #cells: string[][] = [[]];
  row = 0;
  column = 0;

  /** Rows without the spaces at their ends. */
  get rows(): string[] {
    return this.#cells.map((cells) =>
      Array.from(cells, (cell) => cell ?? " ").join("").trimEnd()
    );
  }

  write(text: string): void {
    for (const [token, count, code] of text.matchAll(TOKEN)) {
      if (code !== undefined) {
        this.#control(code, Number(count) || 1);
      } else {
        this.#put(token);
      }
    }
  }

  #put(character: string): void {
    if (character === "\r") {
      this.column = 0;
    } else if (character === "\n") {
      this.row++;
      this.#cells[this.row] ??= [];
    } else {
      (this.#cells[this.row] ??= [])[this.column++] = character;
    }
  }

  #control(code: string, count: number): void {
    switch (code) {
      case "A":
        this.row = Math.max(0, this.row - count);
        break;
      case "C":
        this.column += count;
        break;
      case "H":
        this.row = 0;
        this.column = 0;
        break;
      case "J":
        this.#cells.length = this.row + 1;
        this.#cells[this.row]?.splice(this.column);
        break;
    }
  }
}
