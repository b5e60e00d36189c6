/**
 * `tally usage`: what models have been asked and have answered, by whom and
 * when.
 *
 * @module
 */

import type { History, HistoryRow } from "../usage/history.ts";
import type { DetailedRow, ReportRow } from "../usage/report.ts";
import { type Client, CliError } from "./client.ts";
import { toCsv } from "./csv.ts";
import { print } from "./output.ts";
import { formatTable } from "./table.ts";
import { bareTable, detailedTable, historyTable } from "./usage_tables.ts";

/** What to show and how. */
export interface UsageOptions {
  readonly details?: boolean;
  /** Dimensions and one length of time, with commas. */
  readonly by?: string;
  readonly since?: string;
  readonly until?: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  /** Seconds between two looks; true is 2. */
  readonly watch?: true | string;
}

/** Moves to the top left and clears what is below (ECMA-48). */
const CLEAR_SCREEN = "\x1b[H\x1b[J";

/** Lengths of time among what usage can be shown by. */
const BUCKETS = ["minute", "hour", "day"];

type Body = Omit<History, "usage"> & {
  readonly usage: readonly (ReportRow | DetailedRow | HistoryRow)[];
};

/** What the server is asked. */
interface Question {
  /** Path and query. */
  readonly path: string;
  readonly isHistory: boolean;
  readonly groups: readonly string[];
  readonly bucket?: string;
}

function toQuestion(options: UsageOptions): Question {
  const by = options.by?.split(",").map((each) => each.trim()) ?? [];
  const [bucket, ...others] = by.filter((each) => BUCKETS.includes(each));
  if (others.length > 0) {
    throw new CliError(`--by takes one of ${BUCKETS.join(", ")}, not several`);
  }
  const groups = by.filter((each) => !BUCKETS.includes(each));
  const isHistory = [options.by, options.since, options.until, options.all]
    .some((each) => each !== undefined);
  const query = new URLSearchParams({
    ...(options.details ? { details: "true" } : {}),
    ...(options.by === undefined ? {} : { group_by: groups.join(",") }),
    ...(bucket === undefined ? {} : { bucket }),
    ...(options.since === undefined ? {} : { since: options.since }),
    ...(options.until === undefined ? {} : { until: options.until }),
    ...(options.all ? { scope: "all" } : {}),
  });
  return {
    path: `/api/usage?${query}`.replace(/\?$/, ""),
    isHistory,
    groups: options.by === undefined ? ["model"] : groups,
    ...(bucket === undefined ? {} : { bucket }),
  };
}

async function report(client: Client, options: UsageOptions): Promise<string> {
  const question = toQuestion(options);
  const body = await client.get<Body>(question.path);
  if (options.json) {
    return JSON.stringify(body) + "\n";
  }
  const table = question.isHistory
    ? historyTable(body.usage as HistoryRow[], question.bucket, question.groups)
    : options.details
    ? detailedTable(body.usage as DetailedRow[])
    : bareTable(body.usage as ReportRow[]);
  if (options.csv) {
    return toCsv(
      table.map((row, index) =>
        index === 0 ? row.map((cell) => cell.toLowerCase()) : row
      ),
    );
  }
  const note = body.partial
    ? " (of this server only: the shared ledger cannot be reached)"
    : "";
  return `since ${body.since ?? body.start}${note}\n\n${formatTable(table)}`;
}

/** Prints the ledger, again and again with `watch`. */
export async function usage(
  client: Client,
  options: UsageOptions,
): Promise<void> {
  if (options.watch === undefined) {
    print(await report(client, options));
    return;
  }
  const seconds = options.watch === true ? 2 : Number(options.watch);
  if (!(seconds > 0)) {
    throw new RangeError(
      `Cannot watch: seconds must be above 0, current value is "${options.watch}"`,
    );
  }
  const clears = !options.json && !options.csv && Deno.stdout.isTerminal();
  while (true) {
    const text = await report(client, options);
    print(clears ? CLEAR_SCREEN + text : text);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}
