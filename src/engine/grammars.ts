/**
 * Grammars for requests that wait for them. Compiling one takes up to seconds,
 * in which nothing else happens.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { GrammarCompiler, GrammarMatcher } from "../prompt/grammar.ts";
import type { GrammarSource } from "../prompt/grammar_source.ts";

const TOO_LARGE = "Cannot hold the answer to its format: there is no room " +
  "for the grammar; make it smaller or simpler";

/** Effects of {@linkcode Grammars}. */
export interface GrammarOptions {
  /** Makes the compiler, when a request first needs one. */
  readonly createCompiler: () => Promise<GrammarCompiler>;
  /** Lets commands come in and steps be made for so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly now: () => number;
}

/** Compiles one grammar at a time, and gives the steps as long in between. */
export class Grammars {
  readonly #options: GrammarOptions;
  #compiler: Promise<GrammarCompiler> | undefined;
  /** Resolves when all that were asked for so far are done. */
  #last: Promise<unknown> = Promise.resolve();
  #lastMs = 0;

  constructor(options: GrammarOptions) {
    this.#options = options;
  }

  /**
   * Undefined when nobody wants it any more. Throws a `bad_request`
   * `ServerError` for a bad source.
   */
  matcher(
    source: GrammarSource,
    wanted: () => boolean,
  ): Promise<GrammarMatcher | undefined> {
    const compiled = this.#last
      .then(() => this.#options.pause(this.#lastMs))
      .then(() => this.#compile(source, wanted));
    this.#last = compiled.catch(() => {});
    return compiled;
  }

  async #compile(
    source: GrammarSource,
    wanted: () => boolean,
  ): Promise<GrammarMatcher | undefined> {
    const compiler = wanted() ? await this.#createCompiler() : undefined;
    if (compiler === undefined || !wanted()) {
      return undefined;
    }
    const started = this.#options.now();
    try {
      return await compiler.matcher(source);
    } catch (error) {
      if (error instanceof ServerError) {
        throw error;
      }
      this.#compiler = undefined;
      throw new ServerError("bad_request", TOO_LARGE, { cause: error });
    } finally {
      this.#lastMs = this.#options.now() - started;
    }
  }

  #createCompiler(): Promise<GrammarCompiler> {
    return this.#compiler ??= this.#options.createCompiler().catch((error) => {
      this.#compiler = undefined;
      throw error;
    });
  }
}
