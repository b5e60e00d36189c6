/**
 * Constrained output: which tokens may come next, by XGrammar.
 *
 * @module
 */

import type {
  CompiledGrammar,
  GrammarCompiler as Compiler,
  GrammarMatcher as Matcher,
} from "@mlc-ai/web-xgrammar";
import { loadXGrammar, type XGrammarModule } from "./xgrammar.ts";

/** Compiled schemas kept for each model; a large one takes 10 MB. */
const KEPT_GRAMMARS = 16;

/**
 * White space in a row outside of strings. Unlimited, small models never stop
 * writing it. XGrammar could count it too, but then compiling takes the square
 * of the number of properties: 19 s for 50.
 */
const MOST_WHITESPACE = 20;

/** GPT-2's text form of each byte, in which any token can be written. */
const BYTE_TEXT = byteText();

function byteText(): readonly string[] {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let others = 0;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(printable(byte) ? byte : 256 + others++),
  );
}

function tokenText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += BYTE_TEXT[byte];
  }
  return text;
}

/** Compiles schemas for one vocabulary. */
export class GrammarCompiler {
  readonly #module: XGrammarModule;
  readonly #compiler: Compiler;
  readonly #stopTokens: readonly number[];
  /** Mask of the tokens that begin with white space. */
  readonly #blanks: Int32Array;
  readonly #compiled = new Map<string, Promise<CompiledGrammar>>();

  private constructor(
    module: XGrammarModule,
    compiler: Compiler,
    stopTokens: readonly number[],
    blanks: Int32Array,
  ) {
    this.#module = module;
    this.#compiler = compiler;
    this.#stopTokens = stopTokens;
    this.#blanks = blanks;
  }

  /**
   * Takes the bytes of every token, empty for control tokens, and the tokens
   * that end an answer. Costs 0.15 s for a 49k vocabulary.
   */
  static async create(
    pieces: readonly Uint8Array[],
    stopTokens: readonly number[],
  ): Promise<GrammarCompiler> {
    const module = await loadXGrammar();
    const info = await module.TokenizerInfo.createTokenizerInfo(
      pieces.map(tokenText),
      "byte_level",
      false,
      pieces.length,
      [...stopTokens],
    );
    // Its own cache never forgets, and ends at 2 GB.
    const compiler = await module.GrammarCompiler.createGrammarCompiler(
      info,
      false,
    );
    return new GrammarCompiler(module, compiler, stopTokens, blanks(pieces));
  }

  /** A fresh matcher for a schema that `supportedSchema()` has passed. */
  async matcher(schema: string): Promise<GrammarMatcher> {
    const grammar = await this.#compile(schema);
    const matcher = await this.#module.GrammarMatcher.createGrammarMatcher(
      grammar,
      [...this.#stopTokens],
    );
    return await GrammarMatcher.create(matcher, this.#blanks);
  }

  #compile(schema: string): Promise<CompiledGrammar> {
    const known = this.#compiled.get(schema);
    if (known !== undefined) {
      return known;
    }
    const compiled = this.#compiler.compileJSONSchema(
      schema,
      true,
      undefined,
      undefined,
      true,
    );
    this.#compiled.set(schema, compiled);
    compiled.catch(() => this.#compiled.delete(schema));
    const oldest = this.#compiled.keys().next().value;
    if (this.#compiled.size > KEPT_GRAMMARS && oldest !== undefined) {
      this.#compiled.get(oldest)?.then((each) => each.dispose(), () => {});
      this.#compiled.delete(oldest);
    }
    return compiled;
  }
}

/** Where one answer stands in its grammar. */
export class GrammarMatcher implements Disposable {
  readonly #matcher: Matcher;
  readonly #blanks: Int32Array;
  readonly #whitespace = new WhitespaceCount();
  #allowed: Int32Array | undefined;
  #computing: Promise<void> = Promise.resolve();

  private constructor(matcher: Matcher, blanks: Int32Array) {
    this.#matcher = matcher;
    this.#blanks = blanks;
  }

  /** Waits for the first mask. */
  static async create(
    matcher: Matcher,
    blanks: Int32Array,
  ): Promise<GrammarMatcher> {
    const created = new GrammarMatcher(matcher, blanks);
    created.#allowed = await matcher.getNextTokenBitmask();
    return created;
  }

  /**
   * Bit `t % 32` of word `t / 32` says whether token `t` may come next.
   * Undefined until {@linkcode accept} has settled, which takes no more than
   * one turn of the event loop.
   */
  get allowed(): Int32Array | undefined {
    return this.#allowed;
  }

  /** Moves on by a token of these bytes. False when it is not allowed. */
  accept(token: number, bytes: Uint8Array): boolean {
    this.#allowed = undefined;
    if (!this.#matcher.acceptToken(token)) {
      return false;
    }
    this.#whitespace.add(bytes);
    if (!this.#matcher.isTerminated()) {
      this.#computing = this.#computeMask();
    }
    return true;
  }

  async #computeMask(): Promise<void> {
    const allowed = await this.#matcher.getNextTokenBitmask();
    if (this.#whitespace.run >= MOST_WHITESPACE) {
      allowed.forEach((bits, word) =>
        allowed[word] = bits & ~(this.#blanks[word] ?? 0)
      );
    }
    this.#allowed = allowed;
  }

  /** Waits for a mask under way, which still uses the native object. */
  [Symbol.dispose](): void {
    this.#computing.finally(() => this.#matcher.dispose());
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Mask of the tokens that begin with white space. */
function blanks(pieces: readonly Uint8Array[]): Int32Array {
  const mask = new Int32Array(Math.ceil(pieces.length / 32));
  pieces.forEach((bytes, token) => {
    if (isWhitespace(bytes[0])) {
      mask[token >> 5] = (mask[token >> 5] ?? 0) | 1 << (token & 31);
    }
  });
  return mask;
}

/** Counts the white space at the end of a JSON text, outside of strings. */
class WhitespaceCount {
  run = 0;
  #inString = false;
  #escaped = false;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#escaped) {
        this.#escaped = false;
      } else if (this.#inString && byte === BACKSLASH) {
        this.#escaped = true;
      } else if (byte === QUOTE) {
        this.#inString = !this.#inString;
      }
      this.run = !this.#inString && isWhitespace(byte) ? this.run + 1 : 0;
    }
  }
}
