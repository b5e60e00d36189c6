/**
 * Parses JSON and tells errors in the words of Go's decoder, which clients
 * and their tests know (https://pkg.go.dev/encoding/json).
 *
 * @module
 */

/** Go refuses deeper nesting. */
const MAX_DEPTH = 10_000;

/** What may come next at a place between two tokens. */
type Expected = "value" | "element" | "key" | "first key" | "colon" | "comma";

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

/** Go quotes bytes, here characters; only the apostrophe is escaped. */
function quoteChar(char: string): string {
  const escaped = JSON.stringify(char).slice(1, -1).replace('\\"', '"');
  return char === "'" ? `'\\''` : `'${escaped}'`;
}

/** Walks text that is known to be no JSON up to the first error. */
class SyntaxScanner {
  readonly #text: string;
  #at = 0;
  /** True for objects, false for arrays. */
  readonly #nesting: boolean[] = [];
  #expected: Expected = "value";

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws a `SyntaxError`, or returns when there is none. */
  scan(): void {
    while (true) {
      this.#skip(/[ \t\r\n]*/y);
      if (this.#expected === "comma" && this.#nesting.length === 0) {
        if (this.#at < this.#text.length) {
          this.#fail("after top-level value");
        }
        return;
      }
      this.#token();
    }
  }

  #token(): void {
    const char = this.#text[this.#at];
    switch (this.#expected) {
      case "value":
        return this.#value(char);
      case "element":
        return char === "]" ? this.#close() : this.#value(char);
      case "first key":
        return char === "}" ? this.#close() : this.#key(char);
      case "key":
        return this.#key(char);
      case "colon":
        return char === ":"
          ? this.#step("value")
          : this.#fail("after object key");
      case "comma":
        return this.#separator(char);
      default:
        return this.#expected satisfies never;
    }
  }

  #separator(char: string | undefined): void {
    const inObject = this.#nesting.at(-1) === true;
    if (char === ",") {
      this.#step(inObject ? "key" : "value");
    } else if (char === (inObject ? "}" : "]")) {
      this.#close();
    } else {
      this.#fail(
        inObject ? "after object key:value pair" : "after array element",
      );
    }
  }

  #key(char: string | undefined): void {
    if (char !== '"') {
      this.#fail("looking for beginning of object key string");
    }
    this.#string();
    this.#expected = "colon";
  }

  #value(char: string | undefined): void {
    if (char === "{" || char === "[") {
      this.#nesting.push(char === "{");
      return this.#step(char === "{" ? "first key" : "element");
    }
    if (char === '"') {
      this.#string();
    } else if (char === "-" || isDigit(char)) {
      this.#number();
    } else {
      this.#literal(char);
    }
    this.#expected = "comma";
  }

  #string(): void {
    this.#at++;
    while (this.#text[this.#at] !== '"') {
      const char = this.#text[this.#at];
      if (char === undefined || char < " ") {
        this.#fail("in string literal");
      }
      this.#at++;
      if (char === "\\") {
        this.#escape();
      }
    }
    this.#at++;
  }

  #escape(): void {
    const char = this.#text[this.#at] ?? "";
    if (char === "" || !'"\\/bfnrtu'.includes(char)) {
      this.#fail("in string escape code");
    }
    this.#at++;
    for (let digit = 0; char === "u" && digit < 4; digit++) {
      this.#skipOne(/[0-9a-fA-F]/y, "in \\u hexadecimal character escape");
    }
  }

  #number(): void {
    this.#skip(/-?/y);
    if (this.#text[this.#at] === "0") {
      this.#at++;
    } else {
      this.#skipOne(/[1-9]/y, "in numeric literal");
      this.#skip(/[0-9]*/y);
    }
    if (this.#skip(/\./y)) {
      this.#skipOne(/[0-9]/y, "after decimal point in numeric literal");
      this.#skip(/[0-9]*/y);
    }
    if (this.#skip(/[eE][+-]?/y)) {
      this.#skipOne(/[0-9]/y, "in exponent of numeric literal");
      this.#skip(/[0-9]*/y);
    }
  }

  #literal(char: string | undefined): void {
    const word = ["true", "false", "null"].find((each) => each[0] === char);
    if (word === undefined) {
      return this.#fail("looking for beginning of value");
    }
    for (const letter of word) {
      if (this.#text[this.#at] !== letter) {
        this.#fail(`in literal ${word} (expecting '${letter}')`);
      }
      this.#at++;
    }
  }

  #step(expected: Expected): void {
    this.#at++;
    this.#expected = expected;
  }

  #close(): void {
    this.#nesting.pop();
    this.#step("comma");
  }

  /** Moves behind a sticky pattern; tells whether it moved. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  #skipOne(pattern: RegExp, context: string): void {
    if (!this.#skip(pattern)) {
      this.#fail(context);
    }
  }

  #fail(context: string): never {
    const char = this.#text[this.#at];
    throw new SyntaxError(
      char === undefined
        ? "unexpected EOF"
        : `invalid character ${quoteChar(char)} ${context}`,
    );
  }
}

function checkDepth(text: string): void {
  // Shorter text cannot nest that deep.
  if (text.length <= MAX_DEPTH) {
    return;
  }
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      at += char === "\\" ? 1 : 0;
      inString = char !== '"';
    } else if (char === '"') {
      inString = true;
    } else if (char === "{" || char === "[") {
      if (++depth > MAX_DEPTH) {
        throw new SyntaxError("exceeded max depth");
      }
    } else if (char === "}" || char === "]") {
      depth--;
    }
  }
}

/** Parses JSON. Throws a `SyntaxError` in Go's words. */
export function parseJson(text: string): unknown {
  checkDepth(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    new SyntaxScanner(text).scan();
    throw error;
  }
}
