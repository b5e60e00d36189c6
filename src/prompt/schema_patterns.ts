/**
 * Regular expressions that cannot be held to: faulty ones, and those with what
 * XGrammar has no words for.
 *
 * @module
 */

import { refuse } from "./schema_error.ts";

/** XGrammar's stack is small. */
const MOST_GROUPS = 32;

/** Characters of a pattern in an error. */
const MOST_SHOWN = 100;

/** What a pattern may begin with at some place; undefined: an ordinary one. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/^\(\?[=!]/, "a lookahead"],
  [/^\(\?<[=!]/, "a lookbehind"],
  [/^\(\?[^:<]/, "flags"],
  [/^\\[1-9k]/, "a backreference"],
  [/^\\[bB]/, "a word boundary"],
  [/^\\[pP]/, "a Unicode class"],
  [/^\\c/, "a control character"],
  [/^\{(?!\d+(,\d*)?\})/, "a brace that stands for itself"],
];

/** Throws a `bad_request` `ServerError` with the JSON pointer to its schema. */
export function checkPattern(pattern: string, path: string): void {
  const fault = faultOf(pattern);
  if (fault !== undefined) {
    const written = JSON.stringify(pattern.slice(0, MOST_SHOWN));
    refuse(path, `a "pattern" (${written}) ${fault}`, "write it otherwise");
  }
}

function faultOf(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const why = reason.slice(reason.lastIndexOf(": ") + 2);
    return `that is no regular expression (${why})`;
  }
  const tokens = outsideBrackets(pattern);
  for (const rest of tokens) {
    const found = UNSUPPORTED.find(([start]) => start.test(rest));
    if (found !== undefined) {
      return `with ${found[1]}, which is not supported,`;
    }
  }
  return depthOf(tokens) > MOST_GROUPS
    ? `with more than ${MOST_GROUPS} groups in one another`
    : undefined;
}

/** The pattern from each of its characters and escapes on, but for classes. */
function outsideBrackets(pattern: string): string[] {
  const starts: string[] = [];
  const token = /\\u\{[\da-f]+\}|\\.|\[(?:\\.|[^\]\\])*\]|./gisu;
  for (const { 0: text, index } of pattern.matchAll(token)) {
    if (!text.startsWith("[")) {
      starts.push(pattern.slice(index));
    }
  }
  return starts;
}

function depthOf(tokens: readonly string[]): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    depth += token.startsWith("(") ? 1 : token.startsWith(")") ? -1 : 0;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
