/**
 * Classes of characters for XGrammar, which understands those of ASCII only,
 * and of others whether all are meant.
 *
 * @module
 */

import { grammarError } from "./grammar_error.ts";

/** First and last code point, which may be the same. */
export type CharacterRange = readonly [number, number];

const LAST_ASCII = 0x7f;

/** The last code point of Unicode. */
const LAST = 0x10ffff;

/** Most characters beyond ASCII that a class may name, told one by one. */
export const MOST_TOLD = 1000;

/** The class in XGrammar's EBNF. Throws a `bad_request` for what has none. */
export function writeClass(
  ranges: readonly CharacterRange[],
  negated: boolean,
): string {
  const sorted = merged(ranges);
  const meant = negated ? complement(sorted) : sorted;
  const ascii = cut(meant, 0, LAST_ASCII);
  const beyond = cut(meant, LAST_ASCII + 1, LAST);
  if (sizeOf(beyond) === LAST - LAST_ASCII) {
    return writeAllBeyond(ascii);
  }
  if (sizeOf(beyond) > MOST_TOLD) {
    throw grammarError(
      `a class may name ${MOST_TOLD} characters beyond ASCII, or all of ` +
        "them, and a negated one none",
    );
  }
  const told = beyond.flatMap(([first, last]) =>
    Array.from(
      { length: last - first + 1 },
      (_, index) => `"${writeCodePoint(first + index)}"`,
    )
  );
  return `(${
    [...ascii.length > 0 ? [bracket(ascii)] : [], ...told].join(" | ")
  })`;
}

/** A code point as an escape. */
export function writeCodePoint(point: number): string {
  return `\\U${point.toString(16).padStart(8, "0")}`;
}

/** Characters of ASCII and all others. */
function writeAllBeyond(ascii: readonly CharacterRange[]): string {
  const others = cut(complement(ascii), 0, LAST_ASCII);
  return others.length > 0
    ? bracket(others, "^")
    // A class of nothing is none.
    : `(${bracket([[0, 0]], "^")} | ${bracket([[0, 0]])})`;
}

function bracket(ranges: readonly CharacterRange[], sign = ""): string {
  const written = ranges.map(([first, last]) =>
    `${writeCodePoint(first)}-${writeCodePoint(last)}`
  );
  return `[${sign}${written.join("")}]`;
}

/** The same characters in ascending ranges that do not touch. */
function merged(ranges: readonly CharacterRange[]): CharacterRange[] {
  const result: CharacterRange[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) {
      result[result.length - 1] = [before[0], Math.max(before[1], last)];
    } else {
      result.push([first, last]);
    }
  }
  return result;
}

/** All others than those of merged ranges. */
function complement(ranges: readonly CharacterRange[]): CharacterRange[] {
  const firsts = [0, ...ranges.map(([, last]) => last + 1)];
  const lasts = [...ranges.map(([first]) => first - 1), LAST];
  return firsts.map((first, index): CharacterRange => [first, lasts[index]!])
    .filter(([first, last]) => first <= last);
}

function cut(
  ranges: readonly CharacterRange[],
  from: number,
  to: number,
): CharacterRange[] {
  return ranges.map(([first, last]): CharacterRange => [
    Math.max(first, from),
    Math.min(last, to),
  ]).filter(([first, last]) => first <= last);
}

function sizeOf(ranges: readonly CharacterRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
