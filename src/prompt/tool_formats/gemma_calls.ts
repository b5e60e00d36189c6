/**
 * Gemma's calls: `call:name{key:value}`, with texts between markers.
 *
 * @module
 */

import { bodyEnd, isObject, parseJson, type ReadCalls } from "./format.ts";

/** Reads the values of a call; throws `SyntaxError`. */
class ValueReader {
  readonly #text: string;
  readonly #quote: string;
  #at = 0;

  constructor(text: string, quote: string) {
    this.#text = text;
    this.#quote = quote;
  }

  readAll(): unknown {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      throw new SyntaxError("text after the arguments");
    }
    return value;
  }

  #skipSpace() {
    while (/\s/.test(this.#text.charAt(this.#at))) {
      this.#at++;
    }
  }

  #accept(expected: string): boolean {
    this.#skipSpace();
    const found = this.#text.startsWith(expected, this.#at);
    this.#at += found ? expected.length : 0;
    return found;
  }

  #until(pattern: RegExp): string {
    const rest = this.#text.slice(this.#at);
    const end = rest.search(pattern);
    if (end < 0) {
      throw new SyntaxError("unfinished value");
    }
    this.#at += end;
    return rest.slice(0, end).trim();
  }

  #value(): unknown {
    if (this.#accept(this.#quote)) {
      return this.#quoted();
    }
    if (this.#accept("{")) {
      return this.#object();
    }
    if (this.#accept("[")) {
      return this.#list();
    }
    const json = /^"(?:\\.|[^"\\])*"/s.exec(this.#text.slice(this.#at))?.[0];
    if (json !== undefined) {
      this.#at += json.length;
      return parseJson(json) ?? json.slice(1, -1);
    }
    const bare = this.#until(/[,}\]]/);
    return parseJson(bare) ?? (bare === "null" ? null : bare);
  }

  #quoted(): string {
    const end = this.#text.indexOf(this.#quote, this.#at);
    if (end < 0) {
      throw new SyntaxError("unfinished text");
    }
    const text = this.#text.slice(this.#at, end);
    this.#at = end + this.#quote.length;
    return text;
  }

  #key(): string {
    const key = this.#accept(this.#quote) ? this.#quoted() : this.#until(/:/);
    if (!this.#accept(":")) {
      throw new SyntaxError("a key without a value");
    }
    return key.replace(/^"(.*)"$/, "$1");
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    while (!this.#accept("}")) {
      entries.push([this.#key(), this.#value()]);
      this.#separator("}");
    }
    return Object.fromEntries(entries);
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    while (!this.#accept("]")) {
      items.push(this.#value());
      this.#separator("]");
    }
    return items;
  }

  #separator(end: string) {
    this.#skipSpace();
    if (!this.#accept(",") && !this.#text.startsWith(end, this.#at)) {
      throw new SyntaxError(`neither a comma nor ${end}`);
    }
  }
}

function readArguments(
  text: string,
  quote: string,
): Record<string, unknown> | undefined {
  try {
    const value = new ValueReader(text, quote).readAll();
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Reads one call up to `close`, whose texts stand between two `quote`. */
export function gemmaCall(quote: string, close: string): ReadCalls {
  return (text, context) => {
    const end = bodyEnd(text, close, context);
    if (end === undefined) {
      return "more";
    }
    const match = /^\s*call:([\w.:-]+)\s*(\{[^]*)$/.exec(end.body);
    const args = readArguments(match?.[2] ?? "", quote);
    return match === null || args === undefined ? "bad" : {
      calls: [{ name: match[1] ?? "", arguments: args }],
      length: end.length,
    };
  };
}
