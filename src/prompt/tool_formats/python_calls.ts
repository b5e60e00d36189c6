/**
 * Calls as Python writes them, in a list: LFM2's `[f(a="x", b=True)]`.
 *
 * @module
 */

import type { ToolCall } from "../../generation.ts";
import {
  bodyEnd,
  parseJson,
  type ReadContext,
  type Reading,
} from "./format.ts";
import { readJsonCalls } from "./json_calls.ts";

const CLOSE = "<|tool_call_end|>";

/** Names of values, Python's and JSON's. */
const CONSTANTS: Readonly<Record<string, unknown>> = {
  True: true,
  true: true,
  False: false,
  false: false,
  None: null,
  null: null,
};

/** What a letter after a backslash stands for, if not for itself. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
};

function unescape(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g,
    (_all, wide, narrow, char) =>
      char === undefined
        ? String.fromCharCode(parseInt(wide ?? narrow, 16))
        : ESCAPES[char] ?? char,
  );
}

/** Reads a list of calls; throws `SyntaxError`. */
class CallReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): ToolCall[] {
    this.#expect("[");
    const calls = this.#until("]", () => this.#call());
    if (this.#take(/\S/y) !== undefined) {
      throw new SyntaxError("text after the calls");
    }
    return calls;
  }

  #call(): ToolCall {
    const name = this.#name();
    this.#expect("(");
    const pairs = this.#until(")", () => {
      const key = this.#name();
      this.#expect("=");
      return [key, this.#value()] as const;
    });
    return { name, arguments: Object.fromEntries(pairs) };
  }

  #value(): unknown {
    const text = this.#take(/"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'/y);
    if (text !== undefined) {
      return unescape(text.slice(1, -1));
    }
    if (this.#take(/\[/y) !== undefined) {
      return this.#until("]", () => this.#value());
    }
    if (this.#take(/\{/y) !== undefined) {
      return Object.fromEntries(this.#until("}", () => this.#member()));
    }
    const word = this.#take(/[\w.+-]+/y) ?? "";
    if (Object.hasOwn(CONSTANTS, word)) {
      return CONSTANTS[word];
    }
    const number = parseJson(word);
    if (typeof number !== "number") {
      throw new SyntaxError(`"${word}" is no value`);
    }
    return number;
  }

  #member(): readonly [string, unknown] {
    const key = this.#value();
    this.#expect(":");
    return [String(key), this.#value()];
  }

  #name(): string {
    const name = this.#take(/[A-Za-z_][\w.-]*/y);
    if (name === undefined) {
      throw new SyntaxError("a name is missing");
    }
    return name;
  }

  /** Items between commas, up to a closing bracket. */
  #until<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#accept(close)) {
      items.push(item());
      if (!this.#accept(",")) {
        this.#expect(close);
        break;
      }
    }
    return items;
  }

  #accept(expected: string): boolean {
    this.#take(/\s*/y);
    const found = this.#text.startsWith(expected, this.#at);
    this.#at += found ? expected.length : 0;
    return found;
  }

  #expect(expected: string): void {
    if (!this.#accept(expected)) {
      throw new SyntaxError(`${expected} is missing`);
    }
  }

  /** What matches here, after white space. */
  #take(pattern: RegExp): string | undefined {
    for (const each of [/\s*/y, pattern]) {
      each.lastIndex = this.#at;
      const found = each.exec(this.#text)?.[0];
      if (found === undefined) {
        return undefined;
      }
      this.#at += found.length;
      if (each === pattern) {
        return found;
      }
    }
    return undefined;
  }
}

/** What follows LFM2's beginning of calls; JSON is understood, too. */
export function readPythonCalls(text: string, context: ReadContext): Reading {
  const end = bodyEnd(text, CLOSE, context);
  if (end === undefined) {
    return "more";
  }
  if (/^\s*(?:\{|\[\s*\{)/.test(end.body)) {
    const reading = readJsonCalls(end.body);
    return typeof reading === "string"
      ? "bad"
      : { ...reading, length: end.length };
  }
  try {
    const calls = new CallReader(end.body).readAll();
    return calls.length === 0 ? "bad" : { calls, length: end.length };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return "bad";
    }
    throw error;
  }
}
