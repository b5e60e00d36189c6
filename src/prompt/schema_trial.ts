/**
 * Schemas and grammars tried out before a grammar is compiled. XGrammar aborts on one that
 * it cannot read, and its stack stays where it was: after some of these it
 * fails on everything. So that happens where no answer is under way.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { GrammarSource } from "./grammar_source.ts";
import { createXGrammar, type XGrammarModule } from "./xgrammar.ts";

/** An instance of XGrammar to fail in. */
export class SchemaTrial {
  #module: Promise<XGrammarModule> | undefined;

  /** Throws a `bad_request` {@linkcode ServerError} for one it cannot read. */
  async check(source: GrammarSource): Promise<void> {
    const { Grammar } = await (this.#module ??= createXGrammar());
    try {
      const grammar = "schema" in source
        ? await Grammar.fromJSONSchema(
          source.schema,
          true,
          undefined,
          undefined,
          true,
        )
        : await Grammar.fromEBNF(source.ebnf);
      grammar.dispose();
    } catch (cause) {
      this.#module = undefined;
      const what = "schema" in source ? "JSON Schema" : "grammar";
      throw new ServerError(
        "bad_request",
        `Cannot hold the answer to this ${what}: it cannot be compiled; make ` +
          "it simpler",
        { cause },
      );
    }
  }
}
