/**
 * Reads the tokens of a Go template, one after the other.
 *
 * @module
 */

import { templateError } from "./error.ts";
import { type Token, tokenize, type TokenType } from "./lexer.ts";

/** A place between the tokens of a template. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /** Throws `SyntaxError`. */
  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** Where {@linkcode rewind} leads back to. */
  get position(): number {
    return this.#next;
  }

  rewind(position: number) {
    this.#next = position;
  }

  /** The next token, which stays. */
  peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  /** The next token but one that is no space. */
  peekSecond(): Token {
    const rest = this.#tokens.slice(this.#next + 1, this.#next + 3);
    return rest.find(({ type }) => type !== "space") ?? this.peek();
  }

  /** The token after the last is the last again. */
  take(): Token {
    const token = this.peek();
    this.#next = Math.min(this.#next + 1, this.#tokens.length - 1);
    return token;
  }

  skipSpace() {
    while (this.peek().type === "space") {
      this.take();
    }
  }

  takeNonSpace(): Token {
    this.skipSpace();
    return this.take();
  }

  expect(type: TokenType, context: string): Token {
    const token = this.takeNonSpace();
    if (token.type !== type) {
      throw this.unexpected(token, context);
    }
    return token;
  }

  /** An error at the next token, or elsewhere. */
  error(message: string, at = this.peek().at): SyntaxError {
    return templateError(this.#text, at, message);
  }

  unexpected(token: Token, context: string): SyntaxError {
    const words = token.type === "end" ? "EOF" : `"${token.text}"`;
    return this.error(`unexpected ${words} in ${context}`, token.at);
  }
}
