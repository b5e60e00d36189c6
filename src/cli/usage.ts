/**
 * `tally usage`: what models have been asked and have answered.
 *
 * @module
 */

import type { DetailedRow, ReportRow } from "../usage/report.ts";
import type { Client } from "./client.ts";
import { print } from "./output.ts";
import { formatTable } from "./table.ts";

/** What to show and how. */
export interface UsageOptions {
  readonly details?: boolean;
  readonly json?: boolean;
  /** Seconds between two looks; true is 2. */
  readonly watch?: true | string;
}

/** Moves to the top left and clears what is below (ECMA-48). */
const CLEAR_SCREEN = "\x1b[H\x1b[J";

function bareTable(rows: readonly ReportRow[]): string {
  return formatTable([
    ["MODEL", "REQUESTS", "PROMPT TOKENS", "COMPLETION TOKENS"],
    ...rows.map((row) => [
      row.model,
      String(row.requests),
      String(row.prompt_tokens),
      String(row.completion_tokens),
    ]),
  ]);
}

function detailedTable(rows: readonly DetailedRow[]): string {
  return formatTable([
    [
      "MODEL",
      "COMPLETED",
      "CANCELLED",
      "FAILED",
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
        row.in_flight.requests,
        row.prompt_tokens,
        row.cached_tokens,
        row.completion_tokens,
      ].map(String)
    ),
  ]);
}

async function report(client: Client, options: UsageOptions): Promise<string> {
  const query = options.details ? "?details=true" : "";
  const body = await client.get<{ start: string; usage: DetailedRow[] }>(
    `/api/usage${query}`,
  );
  if (options.json) {
    return JSON.stringify(body) + "\n";
  }
  const table = options.details ? detailedTable : bareTable;
  return `since ${body.start}\n\n${table(body.usage)}`;
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
  const clears = !options.json && Deno.stdout.isTerminal();
  while (true) {
    const text = await report(client, options);
    print(clears ? CLEAR_SCREEN + text : text);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}
