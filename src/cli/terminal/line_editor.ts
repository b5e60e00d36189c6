/**
 * Reads messages from a terminal, with editing keys and history.
 *
 * @module
 */

import type { History } from "./history.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import { LineBuffer } from "./line_buffer.ts";
import { LineView, type Prompt, type ScreenSize } from "./line_view.ts";

/** The terminal; tests make one up. */
export interface Terminal {
  /** What was typed; undefined when nothing comes any more. */
  read(): Promise<string | undefined>;
  write(text: string): void;
  size(): ScreenSize;
  /** In raw mode every key comes at once and none is shown. */
  setRaw(raw: boolean): void;
  /** Stops the program until the shell wakes it. */
  suspend(): void;
}

/** How a reading ended. */
export type Typed =
  | { readonly type: "message"; readonly text: string }
  /** Ctrl-C. */
  | { readonly type: "interrupt"; readonly text: string }
  /** Ctrl-G: the text is to be written in an editor. */
  | { readonly type: "editor"; readonly text: string }
  /** Ctrl-D, or the terminal has gone. */
  | { readonly type: "leave" };

/** Pastes come between marks, so that their lines are no messages. */
const PASTE_MARKS_ON = "\x1b[?2004h";
const PASTE_MARKS_OFF = "\x1b[?2004l";

/** One message after another. */
export class LineEditor {
  readonly #terminal: Terminal;
  readonly #history: History;
  readonly #decoder = new KeyDecoder();
  readonly #view = new LineView();
  /** Keys that came after the end of the last message. */
  #keys: Key[] = [];
  #buffer = new LineBuffer();

  constructor(terminal: Terminal, history: History) {
    this.#terminal = terminal;
    this.#history = history;
  }

  /** Reads a message; `text` stands there from the beginning. */
  async read(prompt: Prompt, text = ""): Promise<Typed> {
    this.#buffer = new LineBuffer();
    this.#buffer.set(text);
    this.#terminal.setRaw(true);
    this.#terminal.write(PASTE_MARKS_ON);
    try {
      return await this.#readKeys(prompt);
    } finally {
      this.#terminal.write(PASTE_MARKS_OFF);
      this.#terminal.setRaw(false);
    }
  }

  async #readKeys(prompt: Prompt): Promise<Typed> {
    while (true) {
      let key = this.#keys.shift();
      while (key !== undefined) {
        const typed = this.#press(key, prompt);
        if (typed !== undefined) {
          return typed;
        }
        key = this.#keys.shift();
      }
      this.#draw(prompt);
      const text = await this.#terminal.read();
      if (text === undefined) {
        return this.#leave(prompt);
      }
      this.#keys = this.#decoder.push(text);
    }
  }

  #draw(prompt: Prompt): void {
    const { before, after } = this.#buffer;
    const size = this.#terminal.size();
    this.#terminal.write(this.#view.draw(prompt, before, after, size));
  }

  /** Leaves the text as it stands on the screen. */
  #finish(prompt: Prompt): string {
    const { text } = this.#buffer;
    const size = this.#terminal.size();
    this.#terminal.write(this.#view.finish(prompt, text, size));
    return text;
  }

  #leave(prompt: Prompt): Typed {
    this.#finish(prompt);
    return { type: "leave" };
  }

  /** Does what a key asks for; how the reading ends, if it does. */
  #press(key: Key, prompt: Prompt): Typed | undefined {
    switch (key.type) {
      case "enter":
        return this.#enter(prompt);
      case "interrupt":
        return { type: "interrupt", text: this.#finish(prompt) };
      case "editor":
        this.#terminal.write(this.#view.clear());
        return { type: "editor", text: this.#buffer.text };
      case "delete_or_leave":
        if (this.#buffer.text === "") {
          return this.#leave(prompt);
        }
        this.#buffer.delete();
        return undefined;
      case "suspend":
        this.#suspend(prompt);
        return undefined;
      case "clear_screen":
        this.#terminal.write(this.#view.clearScreen());
        return undefined;
      default:
        this.#edit(key);
        return undefined;
    }
  }

  #enter(prompt: Prompt): Typed {
    const text = this.#finish(prompt);
    if (text.trim() !== "") {
      this.#history.add(text);
    }
    return { type: "message", text };
  }

  #suspend(prompt: Prompt): void {
    this.#finish(prompt);
    this.#terminal.setRaw(false);
    this.#terminal.suspend();
    this.#terminal.setRaw(true);
  }

  #edit(key: Key): void {
    const buffer = this.#buffer;
    switch (key.type) {
      case "text":
        return buffer.insert(key.text);
      case "new_line":
        return buffer.insert("\n");
      case "up":
        return buffer.set(this.#history.previous(buffer.text));
      case "down":
        return buffer.set(this.#history.next(buffer.text));
      case "left":
        return buffer.left();
      case "right":
        return buffer.right();
      case "word_left":
        return buffer.wordLeft();
      case "word_right":
        return buffer.wordRight();
      case "start":
        return buffer.start();
      case "end":
        return buffer.end();
      case "backspace":
        return buffer.backspace();
      case "delete":
        return buffer.delete();
      case "delete_word":
        return buffer.deleteWord();
      case "delete_after":
        return buffer.deleteAfter();
      case "delete_before":
        return buffer.deleteBefore();
    }
  }
}
