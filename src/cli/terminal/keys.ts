/**
 * What keys mean: the bytes of a terminal in raw mode become keys.
 *
 * @module
 */

/** A key that edits or moves. */
export type KeyName =
  | "left"
  | "right"
  | "up"
  | "down"
  | "start"
  | "end"
  | "word_left"
  | "word_right"
  | "backspace"
  | "delete"
  | "delete_word"
  | "delete_after"
  | "delete_before"
  | "clear_screen"
  | "new_line"
  | "enter"
  | "interrupt"
  | "delete_or_leave"
  | "editor"
  | "suspend";

/** A key, or text that was typed or pasted. */
export type Key =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: KeyName };

/** Control characters, by their code. */
const CONTROLS: Readonly<Record<string, KeyName>> = {
  "\x01": "start",
  "\x02": "left",
  "\x03": "interrupt",
  "\x04": "delete_or_leave",
  "\x05": "end",
  "\x06": "right",
  "\x07": "editor",
  "\x08": "backspace",
  "\x0a": "enter",
  "\x0b": "delete_after",
  "\x0c": "clear_screen",
  "\x0d": "enter",
  "\x0e": "down",
  "\x10": "up",
  "\x15": "delete_before",
  "\x17": "delete_word",
  "\x1a": "suspend",
  "\x7f": "backspace",
};

/** What follows an escape character (ECMA-48, and xterm's variants). */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[F": "end",
  "[H": "start",
  "[1~": "start",
  "[3~": "delete",
  "[4~": "end",
  "[7~": "start",
  "[8~": "end",
  "[1;3C": "word_right",
  "[1;3D": "word_left",
  "[1;5C": "word_right",
  "[1;5D": "word_left",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OF: "end",
  OH: "start",
  b: "word_left",
  f: "word_right",
  "\x7f": "delete_word",
};

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** An escape sequence that is whole, at the beginning of a text. */
// deno-lint-ignore no-control-regex -- the escape character begins them
const SEQUENCE = /^\x1b(\[[0-9;?]*[@-~]|O[A-Za-z]|[^[O])/;

/** A tab is typed as so many spaces, as in Ollama. */
const TAB = " ".repeat(8);

/** Text as a message holds it: a pasted line ends with a line feed. */
function cleanText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\t", TAB)
    // deno-lint-ignore no-control-regex -- which are the ones to drop
    .replace(/[\x00-\x09\x0b-\x1f\x7f]/g, "");
}

/** Turns what a terminal sends into keys; a sequence may come in parts. */
export class KeyDecoder {
  /** The beginning of a sequence or of a paste. */
  #rest = "";

  /** Keys that are whole with this text. */
  push(text: string): Key[] {
    // Ctrl-J comes alone; lines typed before the prompt was there do not.
    if (this.#rest === "" && text === "\n") {
      return [{ type: "new_line" }];
    }
    this.#rest += text;
    const keys: Key[] = [];
    let length = this.#next(keys);
    while (length > 0) {
      this.#rest = this.#rest.slice(length);
      length = this.#next(keys);
    }
    return keys;
  }

  /** Takes one key off the rest; its length, 0 when none is whole. */
  #next(keys: Key[]): number {
    const rest = this.#rest;
    if (rest.startsWith(PASTE_START)) {
      return this.#paste(keys);
    }
    if (rest.startsWith("\x1b")) {
      const [whole = "", sequence = ""] = SEQUENCE.exec(rest) ?? [];
      const type = SEQUENCES[sequence];
      if (type !== undefined) {
        keys.push({ type });
      }
      return whole.length;
    }
    const type = CONTROLS[rest.charAt(0)];
    if (type !== undefined) {
      keys.push({ type });
      return 1;
    }
    // deno-lint-ignore no-control-regex -- text ends where a control begins
    const typed = /^(?:\t|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+)/.exec(rest)?.[0] ??
      "";
    const text = cleanText(typed);
    if (text !== "") {
      keys.push({ type: "text", text });
    }
    return typed.length;
  }

  #paste(keys: Key[]): number {
    const end = this.#rest.indexOf(PASTE_END);
    if (end < 0) {
      return 0;
    }
    const text = cleanText(this.#rest.slice(PASTE_START.length, end));
    keys.push({ type: "text", text });
    return end + PASTE_END.length;
  }
}
