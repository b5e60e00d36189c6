/**
 * Go template text to tokens.
 *
 * @module
 */

import { templateError } from "./error.ts";

/** What a token is. */
export type TokenType =
  | "text"
  | "open"
  | "close"
  | "space"
  | "declare"
  | "assign"
  | "pipe"
  | "comma"
  | "openParen"
  | "closeParen"
  | "keyword"
  | "identifier"
  | "field"
  | "variable"
  | "dot"
  | "constant"
  | "number"
  | "char"
  | "string"
  | "end";

/** A piece of the template; `at` is its index in the text. */
export interface Token {
  readonly type: TokenType;
  /** As written; strings are unquoted, fields are without their dot. */
  readonly text: string;
  readonly at: number;
}

const KEYWORDS = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "range",
  "template",
  "with",
]);

const CONSTANTS = new Set(["true", "false", "nil"]);

/** What may follow a name. */
const AFTER_NAME = String.raw`(?=[ \t\r\n.,|:()]|\}\}|$)`;
const NAME = String.raw`[\p{L}\p{Nd}_]+`;
const SPACE = String.raw`[ \t\r\n]`;

/** Tokens inside an action; the group's name is the type. */
const INSIDE = new RegExp(
  [
    String.raw`(?<close>${SPACE}-\}\}|\}\})`,
    `(?<space>${SPACE}+?(?=${SPACE}-\\}\\}|[^ \\t\\r\\n]|$))`,
    String.raw`(?<declare>:=)`,
    `(?<assign>=)`,
    String.raw`(?<pipe>\|)`,
    `(?<comma>,)`,
    String.raw`(?<openParen>\()`,
    String.raw`(?<closeParen>\))`,
    String.raw`(?<string>"(?:\\[^\n]|[^"\\\n])*"|${"`[^`]*`"})`,
    String.raw`(?<char>'(?:\\[^\n]|[^'\\\n])+')`,
    String
      .raw`(?<number>[+-]?(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)(?![\p{L}\p{Nd}_]))`,
    String.raw`(?<field>\.${NAME}${AFTER_NAME})`,
    String.raw`(?<dot>\.${AFTER_NAME})`,
    String.raw`(?<variable>\$(?:${NAME})?${AFTER_NAME})`,
    `(?<identifier>${NAME}${AFTER_NAME})`,
  ].join("|"),
  "uy",
);

const COMMENT = /\/\*[^]*?\*\//y;

/** What each simple escape of a quoted string stands for. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The value of a quoted string or character, without its quotes. */
function unescape(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/g,
    (_all, x, u, U, octal, simple) => {
      const hex = x ?? u ?? U;
      if (hex !== undefined) {
        return String.fromCodePoint(parseInt(hex, 16));
      }
      return octal === undefined
        ? ESCAPES[simple] ?? simple
        : String.fromCodePoint(parseInt(octal, 8));
    },
  );
}

function textOf(type: TokenType, written: string): string {
  switch (type) {
    case "field":
      return written.slice(1);
    case "string":
      return written.startsWith("`")
        ? written.slice(1, -1).replaceAll("\r", "")
        : unescape(written);
    case "char":
      return unescape(written);
    default:
      return written;
  }
}

function refine(type: TokenType, text: string): TokenType {
  if (type !== "identifier") {
    return type;
  }
  if (KEYWORDS.has(text)) {
    return "keyword";
  }
  return CONSTANTS.has(text) ? "constant" : type;
}

/** Cuts a template into tokens, one action after the other. */
class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  /** The action or comment before asked to trim the text after it. */
  #trimNext = false;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    while (this.#at < this.#text.length) {
      this.#readText();
      if (this.#at < this.#text.length) {
        this.#readDelimited();
      }
    }
    this.#push("end", "", this.#at);
    return this.#tokens;
  }

  #push(type: TokenType, text: string, at: number) {
    this.#tokens.push({ type, text, at });
  }

  #readText() {
    const open = this.#text.indexOf("{{", this.#at);
    const end = open < 0 ? this.#text.length : open;
    let text = this.#text.slice(this.#at, end);
    const at = this.#at;
    if (this.#trimNext) {
      text = text.replace(/^[ \t\r\n]+/, "");
    }
    if (/^\{\{-[ \t\r\n]/.test(this.#text.slice(end, end + 4))) {
      text = text.replace(/[ \t\r\n]+$/, "");
    }
    if (text !== "") {
      this.#push("text", text, at);
    }
    this.#trimNext = false;
    this.#at = end;
  }

  #readDelimited() {
    const open = this.#at;
    this.#at += 2;
    if (/^-[ \t\r\n]/.test(this.#text.slice(this.#at, this.#at + 2))) {
      this.#at += this.#text.startsWith("/*", this.#at + 2) ? 2 : 1;
    }
    if (this.#text.startsWith("/*", this.#at)) {
      this.#readComment(open);
    } else {
      this.#push("open", "{{", open);
      this.#readAction(open);
    }
  }

  #readComment(open: number) {
    COMMENT.lastIndex = this.#at;
    if (!COMMENT.test(this.#text)) {
      throw templateError(this.#text, open, "unclosed comment");
    }
    this.#at = COMMENT.lastIndex;
    const close = /^(?:[ \t\r\n]-)?\}\}/.exec(
      this.#text.slice(this.#at, this.#at + 4),
    );
    if (close === null) {
      throw templateError(
        this.#text,
        this.#at,
        "comment ends before closing delimiter",
      );
    }
    this.#close(close[0]);
  }

  #close(delimiter: string) {
    this.#at += delimiter.length;
    this.#trimNext = delimiter.length > 2;
  }

  #readAction(open: number) {
    while (true) {
      INSIDE.lastIndex = this.#at;
      const groups = INSIDE.exec(this.#text)?.groups;
      if (groups === undefined) {
        throw this.#unreadable(open);
      }
      const [type, written] = Object.entries(groups).find(
        ([, matched]) => matched !== undefined,
      ) as [TokenType, string];
      const text = textOf(type, written);
      this.#push(refine(type, text), text, this.#at);
      if (type === "close") {
        this.#close(written);
        return;
      }
      this.#at += written.length;
    }
  }

  #unreadable(open: number): SyntaxError {
    const rest = this.#text.slice(this.#at);
    if (rest === "") {
      return templateError(this.#text, open, "unclosed action");
    }
    const kinds: Readonly<Record<string, string>> = {
      '"': "unterminated quoted string",
      "`": "unterminated raw quoted string",
      "'": "unterminated character constant",
      ":": "expected :=",
    };
    const found = kinds[rest.charAt(0)];
    if (found !== undefined) {
      return templateError(this.#text, this.#at, found);
    }
    const name = /^[.$]?[\p{L}\p{Nd}_+-]*/u.exec(rest)?.[0] ?? "";
    const bad = rest.slice(name.length)[0] ?? rest[0] ?? "";
    return templateError(
      this.#text,
      this.#at + name.length,
      `bad character ${JSON.stringify(bad)}`,
    );
  }
}

/** The tokens of a template. Throws `SyntaxError`. */
export function tokenize(text: string): Token[] {
  return new Lexer(text).run();
}
