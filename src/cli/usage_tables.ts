/**
 * What `tally usage` shows, as rows of cells, the first their head.
 *
 * @module
 */

import type { HistoryRow } from "../usage/history.ts";
import type { DetailedRow, ReportRow } from "../usage/report.ts";

/** Columns of sums, and their heads. */
const SUMS: Readonly<Record<string, string>> = {
  requests: "REQUESTS",
  prompt_tokens: "PROMPT",
  cached_tokens: "CACHED",
  completion_tokens: "GENERATED",
};

/** Totals by model. */
export function bareTable(rows: readonly ReportRow[]): string[][] {
  return [
    ["MODEL", "REQUESTS", "PROMPT TOKENS", "COMPLETION TOKENS"],
    ...rows.map((row) => [
      row.model,
      String(row.requests),
      String(row.prompt_tokens),
      String(row.completion_tokens),
    ]),
  ];
}

/** Totals by model and outcome. */
export function detailedTable(rows: readonly DetailedRow[]): string[][] {
  return [
    [
      "MODEL",
      "COMPLETED",
      "CANCELLED",
      "FAILED",
      "REJECTED",
      "RUNNING",
      "PROMPT",
      "CACHED",
      "GENERATED",
    ],
    ...rows.map((row) =>
      [
        row.model,
        row.completed.requests,
        row.cancelled.requests,
        row.failed.requests,
        row.rejected.requests,
        row.in_flight.requests,
        row.prompt_tokens,
        row.cached_tokens,
        row.completion_tokens,
      ].map(String)
    ),
  ];
}

/** A bucket's start as short as its length allows. */
function shortTime(text: string, bucket: string): string {
  return bucket === "day"
    ? text.slice(0, 10)
    : text.slice(0, 16).replace("T", " ");
}

/** Answers to a question, in its order. */
export function historyTable(
  rows: readonly HistoryRow[],
  bucket: string | undefined,
  groups: readonly string[],
): string[][] {
  const columns = [...groups, ...Object.keys(SUMS)];
  const time = (row: HistoryRow) =>
    bucket === undefined ? [] : [shortTime(String(row["bucket"]), bucket)];
  return [
    [
      ...(bucket === undefined ? [] : [bucket.toUpperCase()]),
      ...groups.map((group) => group.toUpperCase()),
      ...Object.values(SUMS),
    ],
    ...rows.map((
      row,
    ) => [...time(row), ...columns.map((column) => String(row[column] ?? ""))]),
  ];
}
