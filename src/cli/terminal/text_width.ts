/**
 * How many columns of a terminal text takes.
 *
 * @module
 */

/** Characters that take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Combining marks and joiners, which take none. */
const NARROWEST = /\p{Mark}|\u200d/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns of one character (a code point). */
export function columnsOf(character: string): number {
  if (NARROWEST.test(character)) {
    return 0;
  }
  return WIDE.test(character) ? 2 : 1;
}

/** What a reader takes for single characters. */
export function graphemesOf(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** Columns of one grapheme; a terminal draws an emoji sequence on two. */
export function graphemeColumns(grapheme: string): number {
  const widest = [...grapheme].map(columnsOf);
  return Math.max(0, ...widest);
}
