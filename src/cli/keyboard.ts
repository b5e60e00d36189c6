/**
 * Lines typed at the prompt of a chat.
 *
 * @module
 */

import { createInterface, type Interface } from "node:readline";
import process from "node:process";
import { tell } from "./output.ts";

/** A message or a system message that runs over lines until `"""`. */
const OPENS_BLOCK = /^("""|\/set\s+system\s+""")/;

/** Whether a typed text goes on in the next line. */
export function goesOn(text: string): boolean {
  return OPENS_BLOCK.test(text) && text.split('"""').length === 2;
}

/** Reads lines from the terminal, with history and editing keys. */
export class Keyboard {
  readonly #lines: Interface;
  /** What Ctrl-C does; absent: it empties the line. */
  interrupt: (() => void) | undefined;

  constructor() {
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
    });
    this.#lines.on("SIGINT", () => {
      if (this.interrupt) {
        this.interrupt();
      } else {
        this.#emptyLine();
      }
    });
  }

  /** A message, or undefined when the person leaves with Ctrl-D. */
  async message(): Promise<string | undefined> {
    let text = await this.#ask(">>> ");
    while (text !== undefined && goesOn(text)) {
      const more = await this.#ask("... ");
      text = more === undefined ? undefined : `${text}\n${more}`;
    }
    return text;
  }

  close(): void {
    this.#lines.close();
  }

  #emptyLine(): void {
    if (this.#lines.line === "") {
      tell("\nUse Ctrl-D or /bye to leave.\n");
    }
    this.#lines.write(null, { ctrl: true, name: "e" });
    this.#lines.write(null, { ctrl: true, name: "u" });
    this.#lines.prompt();
  }

  #ask(mark: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const closed = () => resolve(undefined);
      this.#lines.once("close", closed);
      this.#lines.question(mark, (line) => {
        this.#lines.removeListener("close", closed);
        resolve(line);
      });
    });
  }
}
