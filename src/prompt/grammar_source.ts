/**
 * Where a grammar comes from.
 *
 * @module
 */

/**
 * What an answer is held to: a schema that `supportedSchema()` has passed, or
 * a grammar of `ebnfOfGbnf()`.
 */
export type GrammarSource =
  | { readonly schema: string }
  | { readonly ebnf: string };
