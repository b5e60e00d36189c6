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
import { hasRawControl, isWhitespace, JsonPosition } from "./json_position.ts";
import type { GrammarSource } from "./grammar_source.ts";
import { SchemaTrial } from "./schema_trial.ts";
import { createXGrammar, type XGrammarModule } from "./xgrammar.ts";

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

/** Compiles grammars for one vocabulary. */
export class GrammarCompiler {
  readonly #module: XGrammarModule;
  readonly #compiler: Compiler;
  readonly #stopTokens: readonly number[];
  readonly #masks: TokenMasks;
  readonly #trial = new SchemaTrial();
  readonly #compiled = new Map<string, Promise<CompiledGrammar>>();

  private constructor(
    module: XGrammarModule,
    compiler: Compiler,
    stopTokens: readonly number[],
    masks: TokenMasks,
  ) {
    this.#module = module;
    this.#compiler = compiler;
    this.#stopTokens = stopTokens;
    this.#masks = masks;
  }

  /**
   * Takes the bytes of every token, empty for control tokens, and the tokens
   * that end an answer. Costs 0.15 s for a 49k vocabulary.
   */
  static async create(
    pieces: readonly Uint8Array[],
    stopTokens: readonly number[],
  ): Promise<GrammarCompiler> {
    const module = await createXGrammar();
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
    return new GrammarCompiler(module, compiler, stopTokens, masksOf(pieces));
  }

  /**
   * A fresh matcher. Throws a `bad_request` `ServerError` for a source that
   * XGrammar cannot read. After any other error the compiler is of no more use.
   */
  async matcher(source: GrammarSource): Promise<GrammarMatcher> {
    const grammar = await this.#compile(source);
    const matcher = await this.#module.GrammarMatcher.createGrammarMatcher(
      grammar,
      [...this.#stopTokens],
    );
    const masks = "schema" in source ? this.#masks : undefined;
    return await GrammarMatcher.create(matcher, masks);
  }

  #compile(source: GrammarSource): Promise<CompiledGrammar> {
    const key = JSON.stringify(source);
    const known = this.#compiled.get(key);
    if (known !== undefined) {
      return known;
    }
    const compiled = this.#trial.check(source).then(() =>
      "schema" in source
        ? this.#compiler.compileJSONSchema(
          source.schema,
          true,
          undefined,
          undefined,
          true,
        )
        : this.#compiler.compileGrammar(source.ebnf)
    );
    this.#compiled.set(key, compiled);
    compiled.catch(() => this.#compiled.delete(key));
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
  /** What XGrammar allows and JSON does not; absent: no JSON is wanted. */
  readonly #masks: TokenMasks | undefined;
  readonly #position = new JsonPosition();
  #allowed: Int32Array | undefined;
  #computing: Promise<void> = Promise.resolve();

  private constructor(matcher: Matcher, masks: TokenMasks | undefined) {
    this.#matcher = matcher;
    this.#masks = masks;
  }

  /** Waits for the first mask. */
  static async create(
    matcher: Matcher,
    masks: TokenMasks | undefined,
  ): Promise<GrammarMatcher> {
    const created = new GrammarMatcher(matcher, masks);
    await created.#computeMask();
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
    bytes.forEach((byte) => this.#position.add(byte));
    if (!this.#matcher.isTerminated()) {
      this.#computing = this.#computeMask();
    }
    return true;
  }

  async #computeMask(): Promise<void> {
    const allowed = await this.#matcher.getNextTokenBitmask();
    if (this.#masks !== undefined) {
      this.#forbidNoJson(allowed, this.#masks);
    }
    this.#allowed = allowed;
  }

  #forbidNoJson(allowed: Int32Array, masks: TokenMasks): void {
    const { inString, whitespace } = this.#position;
    // XGrammar lets them into strings that have a length or a pattern.
    forbid(allowed, inString ? masks.controlsInside : masks.controlsOutside);
    if (whitespace >= MOST_WHITESPACE) {
      forbid(allowed, masks.blanks);
    }
  }

  /** Waits for a mask under way, which still uses the native object. */
  [Symbol.dispose](): void {
    this.#computing.finally(() => this.#matcher.dispose());
  }
}

/** Tokens by what they do to a JSON text, a bit for each. */
interface TokenMasks {
  /** Tokens that begin with white space. */
  readonly blanks: Int32Array;
  /** Tokens that put a control character into a string, from outside of one. */
  readonly controlsOutside: Int32Array;
  /** The same from inside of one. */
  readonly controlsInside: Int32Array;
}

function masksOf(pieces: readonly Uint8Array[]): TokenMasks {
  const maskOf = (isMeant: (bytes: Uint8Array) => boolean) => {
    const mask = new Int32Array(Math.ceil(pieces.length / 32));
    pieces.forEach((bytes, token) => {
      if (isMeant(bytes)) {
        mask[token >> 5] = (mask[token >> 5] ?? 0) | 1 << (token & 31);
      }
    });
    return mask;
  };
  return {
    blanks: maskOf(([first]) => isWhitespace(first)),
    controlsOutside: maskOf((bytes) => hasRawControl(bytes, false)),
    controlsInside: maskOf((bytes) => hasRawControl(bytes, true)),
  };
}

function forbid(allowed: Int32Array, mask: Int32Array): void {
  allowed.forEach((bits, word) => allowed[word] = bits & ~(mask[word] ?? 0));
}
