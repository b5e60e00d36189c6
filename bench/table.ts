/**
 * Medians and the ratio of the first column to each other one.
 *
 * @module
 */

/** One measured thing, a value for each server. */
export interface TableRow {
  readonly row: string;
  readonly values: readonly number[];
}

/** The value in the middle; of an even number, the upper one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Prints a table in Markdown. */
export function printTable(
  names: readonly string[],
  rows: readonly TableRow[],
): void {
  const [own = "", ...others] = names;
  const ratios = others.map((name) => `${own} / ${name}`);
  const head = ["", ...names, ...ratios];
  console.log(`| ${head.join(" | ")} |`);
  console.log(`|${head.map(() => " --- |").join("")}`);
  for (const { row, values } of rows) {
    const [first = 0, ...rest] = values;
    const cells = [
      row,
      ...values.map((value) => value.toFixed(value < 1000 ? 1 : 0)),
      ...rest.map((value) => (first / value).toFixed(2)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
