/**
 * GBNF, the grammars of llama.cpp, for XGrammar, which ends the program over
 * what it cannot read. As far as llama.cpp's `grammars/README.md` tells, but
 * for tokens by their names (`<think>`).
 *
 * @module
 */

import type { CharacterRange } from "./ebnf_class.ts";
import { grammarError } from "./grammar_error.ts";
import {
  checkRules,
  type Expression,
  type GrammarRules,
  writeRules,
} from "./gbnf_rules.ts";

/** Digits of a code point after these escapes. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const ESCAPES: Readonly<Record<string, string>> = {
  t: "\t",
  r: "\r",
  n: "\n",
  "\\": "\\",
  '"': '"',
  "[": "[",
  "]": "]",
};

/** The last code point of Unicode. */
const LAST = 0x10ffff;

/** Most rules, and most brackets inside of each other. */
const MOST_RULES = 1000;
const MOST_DEPTH = 200;

const ANY: Expression = { type: "class", negated: false, ranges: [[0, LAST]] };

/** How often each sign repeats what stands before it. */
const REPEATS: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, Infinity],
  "+": [1, Infinity],
  "?": [0, 1],
};

/**
 * A GBNF grammar as XGrammar's EBNF. Throws a `bad_request` that tells where
 * it is wrong.
 */
export function ebnfOfGbnf(grammar: string): string {
  const rules = new GbnfParser(grammar).parse();
  checkRules(rules);
  return writeRules(rules);
}

/** Reads a grammar. */
class GbnfParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): GrammarRules {
    const rules = new Map<string, Expression>();
    this.#space(true);
    while (this.#at < this.#text.length) {
      const name = this.#name();
      this.#space(false);
      this.#expect("::=");
      this.#space(true);
      rules.set(name, this.#choice(false));
      if (rules.size > MOST_RULES) {
        throw this.#error(`more than ${MOST_RULES} rules are too many`);
      }
      if (this.#at < this.#text.length && !/[\r\n]/.test(this.#next)) {
        throw this.#error("expected the end of the rule");
      }
      this.#space(true);
    }
    return rules;
  }

  get #next(): string {
    return this.#text[this.#at] ?? "";
  }

  get #place(): string {
    const lines = this.#text.slice(0, this.#at).split("\n");
    const column = (lines.at(-1) ?? "").length + 1;
    return `line ${lines.length}, column ${column}`;
  }

  #error(message: string) {
    return grammarError(`${this.#place}: ${message}`);
  }

  /** Reads what matches here, undefined when nothing does. */
  #match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern, "yu");
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #expect(text: string): void {
    if (!this.#text.startsWith(text, this.#at)) {
      throw this.#error(`expected ${text}`);
    }
    this.#at += text.length;
  }

  /** Blanks and comments, and the ends of lines where a rule goes on. */
  #space(lines: boolean): void {
    this.#match(lines ? /(?:[ \t\r\n]|#[^\r\n]*)*/ : /(?:[ \t]|#[^\r\n]*)*/);
  }

  #name(): string {
    const name = this.#match(/[a-zA-Z0-9_-]+/);
    if (name === undefined) {
      throw this.#error("expected the name of a rule");
    }
    return name;
  }

  #choice(nested: boolean): Expression {
    const items = [this.#sequence(nested)];
    while (this.#next === "|") {
      this.#at++;
      this.#space(true);
      items.push(this.#sequence(nested));
    }
    return { type: "choice", items };
  }

  #sequence(nested: boolean): Expression {
    const items: Expression[] = [];
    let item = this.#element();
    while (item !== undefined) {
      this.#space(nested);
      items.push(this.#repeated(item, nested));
      item = this.#element();
    }
    return { type: "sequence", items };
  }

  #element(): Expression | undefined {
    switch (this.#next) {
      case '"':
        return this.#literal();
      case "[":
        return this.#class();
      case "(":
        return this.#group();
      case ".":
        this.#at++;
        return ANY;
      case "<":
      case "!":
        throw this.#error("tokens by their names are not supported");
      default: {
        const at = this.#place;
        const name = this.#match(/[a-zA-Z0-9_-]+/);
        return name === undefined ? undefined : { type: "rule", name, at };
      }
    }
  }

  #group(): Expression {
    this.#at++;
    if (++this.#depth > MOST_DEPTH) {
      throw this.#error(`more than ${MOST_DEPTH} brackets are too deep`);
    }
    this.#space(true);
    const inner = this.#choice(true);
    this.#expect(")");
    this.#depth--;
    return inner;
  }

  #literal(): Expression {
    this.#at++;
    let text = "";
    while (this.#next !== '"') {
      text += String.fromCodePoint(this.#character('"'));
    }
    this.#at++;
    return { type: "text", text };
  }

  #class(): Expression {
    this.#at++;
    const negated = this.#match(/\^/) !== undefined;
    const ranges: CharacterRange[] = [];
    while (this.#next !== "]") {
      const first = this.#character("]");
      const last = this.#match(/-(?!\])/) === undefined
        ? first
        : this.#character("]");
      if (last < first) {
        throw this.#error("a range of characters ends before it begins");
      }
      ranges.push([first, last]);
    }
    this.#at++;
    if (ranges.length === 0) {
      throw this.#error("a class has no characters");
    }
    return { type: "class", negated, ranges };
  }

  /** One code point, escaped or not. */
  #character(end: string): number {
    const character = this.#match(/[^\r\n]/);
    if (character === undefined) {
      throw this.#error(`expected ${end}`);
    }
    return character === "\\" ? this.#escaped() : character.codePointAt(0)!;
  }

  #escaped(): number {
    const letter = this.#match(/[^\r\n]/) ?? "";
    const digits = HEX_DIGITS[letter];
    if (digits === undefined) {
      const meant = ESCAPES[letter];
      if (meant === undefined) {
        throw this.#error(`there is no escape \\${letter}`);
      }
      return meant.codePointAt(0)!;
    }
    const hex = this.#match(new RegExp(`[0-9a-fA-F]{${digits}}`));
    const point = parseInt(hex ?? "", 16);
    if (!(point <= LAST) || (point >= 0xd800 && point <= 0xdfff)) {
      throw this.#error(`\\${letter} takes ${digits} digits of a character`);
    }
    return point;
  }

  /** An element with the signs of repetition that follow it. */
  #repeated(item: Expression, nested: boolean): Expression {
    const repeat = REPEATS[this.#next] ?? this.#bounds();
    if (repeat === undefined) {
      return item;
    }
    if (this.#next in REPEATS) {
      this.#at++;
    }
    const [least, most] = repeat;
    this.#space(nested);
    return this.#repeated({ type: "repeat", item, least, most }, nested);
  }

  /** `{2}`, `{2,}` or `{2,5}`. */
  #bounds(): readonly [number, number] | undefined {
    if (this.#next !== "{") {
      return undefined;
    }
    const [, first, comma, second] =
      /^\{\s*(\d+)\s*(,?)\s*(\d*)\s*\}$/.exec(this.#match(/\{[^}]*\}/) ?? "") ??
        [];
    const least = Number(first);
    const most = second ? Number(second) : comma ? Infinity : least;
    if (first === undefined || (second && !comma) || most < least) {
      throw this.#error("expected {count}, {least,} or {least,most}");
    }
    return [least, most];
  }
}
