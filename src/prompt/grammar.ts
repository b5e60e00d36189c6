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

/** Compiled schemas kept for each model. */
const KEPT_GRAMMARS = 64;

/** White space in a row. Unlimited, small models never stop writing it. */
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
  readonly #compiled = new Map<string, Promise<CompiledGrammar>>();

  private constructor(
    module: XGrammarModule,
    compiler: Compiler,
    stopTokens: readonly number[],
  ) {
    this.#module = module;
    this.#compiler = compiler;
    this.#stopTokens = stopTokens;
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
    const compiler = await module.GrammarCompiler.createGrammarCompiler(info);
    return new GrammarCompiler(module, compiler, stopTokens);
  }

  /** A fresh matcher for a schema that `supportedSchema()` has passed. */
  async matcher(schema: string): Promise<GrammarMatcher> {
    const grammar = await this.#compile(schema);
    const matcher = await this.#module.GrammarMatcher.createGrammarMatcher(
      grammar,
      [...this.#stopTokens],
    );
    return await GrammarMatcher.create(matcher);
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
      MOST_WHITESPACE,
    );
    this.#compiled.set(schema, compiled);
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
  #allowed: Int32Array | undefined;
  #computing: Promise<void> = Promise.resolve();

  private constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  /** Waits for the first mask. */
  static async create(matcher: Matcher): Promise<GrammarMatcher> {
    const created = new GrammarMatcher(matcher);
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

  /** Moves on by a token. False when the grammar does not allow it. */
  accept(token: number): boolean {
    this.#allowed = undefined;
    if (!this.#matcher.acceptToken(token)) {
      return false;
    }
    if (!this.#matcher.isTerminated()) {
      this.#computing = this.#computeMask();
    }
    return true;
  }

  async #computeMask(): Promise<void> {
    this.#allowed = await this.#matcher.getNextTokenBitmask();
  }

  /** Waits for a mask under way, which still uses the native object. */
  [Symbol.dispose](): void {
    this.#computing.finally(() => this.#matcher.dispose());
  }
}
