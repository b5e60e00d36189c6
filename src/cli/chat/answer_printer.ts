/**
 * How an answer looks: what was thought, what was said, what was called.
 *
 * @module
 */

import { print } from "../output.ts";
import { WordWrap } from "../terminal/word_wrap.ts";
import type { AnsweredCall, AnswerPart } from "./answer_part.ts";

/** Options of an {@linkcode AnswerPrinter}. */
export interface AnswerPrinterOptions {
  /** Columns that lines may take. */
  readonly columns: number;
  readonly hideThinking: boolean;
  /** Thoughts are grey. */
  readonly coloured: boolean;
  readonly write?: (text: string) => void;
}

const GREY = "\x1b[38;5;245m";
const BOLD = "\x1b[1m";
const PLAIN = "\x1b[0m";

/** Shows one answer as it comes. */
export class AnswerPrinter {
  readonly #options: AnswerPrinterOptions;
  readonly #write: (text: string) => void;
  readonly #wrap: WordWrap;
  /** Thoughts are being shown. */
  #thinks = false;
  #lineIsOpen = false;

  constructor(options: AnswerPrinterOptions) {
    this.#options = options;
    this.#write = options.write ?? print;
    this.#wrap = new WordWrap(options.columns);
  }

  show({ thinking, content, calls }: AnswerPart): void {
    if (thinking !== "" && !this.#options.hideThinking) {
      this.#beginThinking();
      this.#show(thinking);
    }
    if (content !== "" || calls.length > 0) {
      this.#endThinking();
    }
    this.#show(content);
    if (calls.length > 0) {
      this.#write(this.#wrap.end() + this.#callsText(calls));
    }
  }

  /** Shows what was held back. */
  end(): void {
    this.#write(this.#wrap.end() + (this.#thinks ? this.#code(PLAIN) : ""));
  }

  #show(text: string): void {
    this.#write(this.#wrap.push(text));
    this.#lineIsOpen = text === "" ? this.#lineIsOpen : !text.endsWith("\n");
  }

  #code(code: string): string {
    return this.#options.coloured ? code : "";
  }

  #title(text: string): string {
    return this.#code(GREY + BOLD) + text + this.#code(PLAIN);
  }

  #beginThinking(): void {
    if (!this.#thinks) {
      this.#thinks = true;
      this.#write(this.#title("Thinking...\n") + this.#code(GREY));
    }
  }

  #endThinking(): void {
    if (this.#thinks) {
      this.#thinks = false;
      const rest = this.#wrap.end() + (this.#lineIsOpen ? "\n" : "");
      this.#write(rest + this.#title("...done thinking.\n\n"));
    }
  }

  /** Calls are a surprise, because no functions were offered. */
  #callsText(calls: readonly AnsweredCall[]): string {
    return calls.map(({ function: { name, arguments: given } }) =>
      "  Model called a non-existent function " +
      `'${name}()' with arguments: ${JSON.stringify(given)}`
    ).join("\n");
  }
}
