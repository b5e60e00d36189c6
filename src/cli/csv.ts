/**
 * Tables as spreadsheets read them (RFC 4180).
 *
 * @module
 */

/** Cells with commas, quotes or line ends stand in quotes. */
function toCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a table; the first row is its head. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(toCell).join(",") + "\r\n").join("");
}
