/**
 * Tables as Ollama prints them: columns padded, four spaces apart.
 *
 * @module
 */

/** Lines of a table; the first row is its head. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("    ")
      .trimEnd()
  );
  return lines.join("\n") + "\n";
}
