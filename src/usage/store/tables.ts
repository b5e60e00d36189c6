/**
 * The ledger's tables, in SQL that SQLite and PostgreSQL both speak.
 *
 * `entries` has a row a request. `hours` and `days` have their sums, so that a
 * question about a year does not read every request. `runs` has the sums of
 * every run of a server, which the self-check compares with the server's own.
 * `outbox`, of files only, has the requests that PostgreSQL has not taken yet.
 *
 * @module
 */

import type { Entry } from "../entry.ts";
import { type Bucket, BUCKETS } from "../query.ts";

/** An entry and the server it is of. */
export interface StoredEntry extends Entry {
  readonly server: string;
}

/** Columns of `entries` and what of an entry they hold. */
export const ENTRY_COLUMNS: Readonly<Record<string, keyof StoredEntry>> = {
  id: "id",
  server: "server",
  model: "model",
  endpoint: "endpoint",
  key: "key",
  end_user: "endUser",
  outcome: "outcome",
  started_at: "startedAt",
  ended_at: "endedAt",
  cached: "cached",
  computed: "computed",
  generated: "generated",
  reasoning: "reasoning",
  duration_ns: "durationNs",
  queue_ns: "queueNs",
  load_ns: "loadNs",
  prompt_ns: "promptNs",
  decode_ns: "decodeNs",
  first_token_ns: "firstTokenNs",
};

/** Columns of sums, and how a request adds to them. */
const SUMS: Readonly<Record<string, string>> = {
  requests: "1",
  cached: "cached",
  computed: "computed",
  generated: "generated",
  reasoning: "reasoning",
  duration_ns: "duration_ns",
  queue_ns: "queue_ns",
  load_ns: "load_ns",
  prompt_ns: "prompt_ns",
  decode_ns: "decode_ns",
  first_token_ns: "first_token_ns",
  begun: "CASE WHEN first_token_ns > 0 THEN 1 ELSE 0 END",
};

/** Names of the columns of sums. */
export const SUM_COLUMNS: readonly string[] = Object.keys(SUMS);

/** Names of the tables of a file. */
export const TABLES = ["entries", "hours", "days", "runs", "outbox"] as const;

/** Columns of texts; those of all others are of whole numbers. */
export const TEXTS: ReadonlySet<string> = new Set([
  "id",
  "server",
  "model",
  "endpoint",
  "key",
  "end_user",
  "outcome",
  "run",
]);

/** A table of sums: what its rows are kept apart by, and how requests name it. */
interface Summary {
  readonly name: "hours" | "days" | "runs";
  /** Column and expression over a row of `entries`. */
  readonly by: Readonly<Record<string, string>>;
}

/** What requests are kept apart by in sums over time. */
const APART = {
  server: "server",
  model: "model",
  endpoint: "endpoint",
  key: "key",
  end_user: "end_user",
  outcome: "outcome",
};

function startOf(column: string, bucket: Bucket): string {
  return `${column} / ${BUCKETS[bucket]} * ${BUCKETS[bucket]}`;
}

/** A row an hour and group. */
export const HOURS: Summary = {
  name: "hours",
  by: { hour: startOf("ended_at", "hour"), ...APART },
};

/** A row a day and group. */
export const DAYS: Summary = {
  name: "days",
  by: { day: startOf("ended_at", "day"), ...APART },
};

/** A row a run, model and outcome; `?` is the run. */
export const RUNS: Summary = {
  name: "runs",
  by: { run: "?", model: "model", outcome: "outcome" },
};

function columns(names: readonly string[], text: string): string {
  return names.map((name) =>
    `${name} ${TEXTS.has(name) ? text : "BIGINT"} NOT NULL`
  ).join(", ");
}

function createSummary(
  { name, by }: Summary,
  schema: string,
  text: string,
): string {
  const keys = Object.keys(by);
  const all = columns([...keys, ...SUM_COLUMNS], text);
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (${all}, ` +
    `PRIMARY KEY (${keys.join(", ")}))`;
}

/** Sums up the hours of files in which no days were kept yet. */
function fillDays(schema: string): string {
  const apart = Object.keys(APART);
  const columns = ["day", ...apart, ...SUM_COLUMNS].join(", ");
  const sums = SUM_COLUMNS.map((sum) => `sum(${sum})`);
  const values = [startOf("hour", "day"), ...apart, ...sums].join(", ");
  const places = ["day", ...apart].map((_, index) => index + 1).join(", ");
  return `INSERT INTO ${schema}.days (${columns}) SELECT ${values} ` +
    `FROM ${schema}.hours WHERE NOT EXISTS (SELECT 1 FROM ${schema}.days) ` +
    `GROUP BY ${places}`;
}

/** Statements that make the tables in a schema; `text` is the type of texts. */
export function createTables(schema: string, text = "TEXT"): string[] {
  const entries = columns(Object.keys(ENTRY_COLUMNS), text);
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.entries ` +
    `(${entries}, PRIMARY KEY (id))`,
    createSummary(HOURS, schema, text),
    createSummary(DAYS, schema, text),
    createSummary(RUNS, schema, text),
    fillDays(schema),
  ];
}

/** Adds up rows that meet others of the same key. */
function addOnConflict({ name, by }: Summary): string {
  const sums = SUM_COLUMNS.map((sum) =>
    `${sum} = ${name}.${sum} + excluded.${sum}`
  );
  return `ON CONFLICT (${Object.keys(by).join(", ")}) ` +
    `DO UPDATE SET ${sums.join(", ")}`;
}

/** Adds the rows of `source`, which is like `entries`, to a table of sums. */
export function addToSummary(
  summary: Summary,
  schema: string,
  source: string,
): string {
  const { name, by } = summary;
  const keys = Object.keys(by);
  const sums = Object.values(SUMS).map((sum) => `sum(${sum})`);
  return `INSERT INTO ${schema}.${name} (${
    [...keys, ...SUM_COLUMNS].join(", ")
  }) SELECT ${[...Object.values(by), ...sums].join(", ")} FROM ${source} ` +
    `WHERE true GROUP BY ${keys.map((_, index) => index + 1).join(", ")} ` +
    addOnConflict(summary);
}

/** The statement that makes the table of what another ledger has still to get. */
export function createOutbox(schema: string): string {
  const all = columns(["run", "sequence", "id"], "TEXT");
  return `CREATE TABLE IF NOT EXISTS ${schema}.outbox ` +
    `(${all}, PRIMARY KEY (run, sequence))`;
}

/** Moves what a file's schema holds into another. */
export function moveTables(from: string, to: string): string[] {
  const summaries = [HOURS, DAYS, RUNS].map((summary) =>
    `INSERT INTO ${to}.${summary.name} SELECT * FROM ${from}.${summary.name} ` +
    `WHERE true ${addOnConflict(summary)}`
  );
  return [
    `INSERT INTO ${to}.entries SELECT * FROM ${from}.entries`,
    `INSERT INTO ${to}.outbox SELECT * FROM ${from}.outbox`,
    ...summaries,
    ...TABLES.map((table) => `DELETE FROM ${from}.${table}`),
  ];
}
