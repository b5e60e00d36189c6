/**
 * Questions about usage as SQL over the ledger's tables.
 *
 * @module
 */

import {
  BUCKETS,
  type Dimension,
  type UsageGroup,
  type UsageQuery,
} from "../query.ts";
import { SUM_COLUMNS } from "./tables.ts";

/** A statement with `?` for its values, which are texts and whole numbers. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Where to look: views or tables of requests and of their sums. */
export interface Sources {
  readonly entries: string;
  readonly hours: string;
  readonly days: string;
}

/** Rows of a source within a time, in the columns all sources share. */
interface Part {
  readonly source: string;
  readonly time: string;
  readonly sums: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Milliseconds that stand for "for ever". */
const NEVER = Number.MAX_SAFE_INTEGER;

/** A request's row as sums. */
const ENTRY_SUMS = SUM_COLUMNS.map((sum) =>
  sum === "requests"
    ? "1"
    : sum === "begun"
    ? "CASE WHEN first_token_ns > 0 THEN 1 ELSE 0 END"
    : sum
);

/** Sums over times of one length. */
interface Level {
  readonly source: string;
  /** Column of the time's begin. */
  readonly time: string;
  readonly size: number;
}

/** Sums that tell a question's buckets apart, the longest first. */
function levelsOf({ bucket }: UsageQuery, { hours, days }: Sources): Level[] {
  const levels = [
    { source: days, time: "day", size: BUCKETS.day },
    { source: hours, time: "hour", size: BUCKETS.hour },
  ];
  const size = bucket === undefined ? Infinity : BUCKETS[bucket];
  return levels.filter((level) => level.size <= size);
}

/** Whole days and hours come from their sums, the rest from requests. */
function partsOf(
  from: number,
  to: number,
  [level, ...shorter]: readonly Level[],
  entries: string,
): Part[] {
  if (level === undefined) {
    const time = "ended_at";
    return [{ source: entries, time, sums: ENTRY_SUMS, from, to }];
  }
  const { source, time, size } = level;
  const first = Math.ceil(from / size) * size;
  const last = to === NEVER ? NEVER : to - to % size;
  return first >= last ? partsOf(from, to, shorter, entries) : [
    ...partsOf(from, first, shorter, entries),
    { source, time, sums: SUM_COLUMNS, from: first, to: last },
    ...partsOf(last, to, shorter, entries),
  ].filter((part) => part.from < part.to);
}

/** Expressions a question groups by; `time` is the column of the moment. */
function groupsOf({ bucket, groupBy }: UsageQuery, time: string): string[] {
  const size = bucket === undefined ? undefined : BUCKETS[bucket];
  return [
    ...(size === undefined ? [] : [`${time} / ${size} * ${size} AS at`]),
    ...groupBy,
  ];
}

function groupBy(places: number): string {
  const list = Array.from({ length: places }, (_, index) => index + 1);
  return places === 0 ? "" : ` GROUP BY ${list.join(", ")}`;
}

/** Sums up one part: few rows are left to be put together. */
function toSql(
  { source, time, sums, from, to }: Part,
  query: UsageQuery,
): Statement {
  const filters = Object.entries(query.only).filter(([, values]) => values);
  const conditions = filters.map(([name, values]) =>
    values.length === 0
      ? "1 = 0"
      : `${name} IN (${values.map(() => "?").join(", ")})`
  );
  const by = groupsOf(query, time);
  const columns = sums.map((sum, index) =>
    `sum(${sum}) AS ${SUM_COLUMNS[index]}`
  );
  return {
    sql: `SELECT ${[...by, ...columns].join(", ")} FROM ${source} WHERE ${
      [`${time} >= ?`, `${time} < ?`, ...conditions].join(" AND ")
    }${groupBy(by.length)}`,
    values: [from, to, ...filters.flatMap(([, values]) => values)],
  };
}

/** The statement that answers a question, its rows in order. */
export function aggregate(query: UsageQuery, sources: Sources): Statement {
  const since = Math.max(query.since, 0);
  const until = Math.max(Math.min(query.until, NEVER), since);
  const levels = levelsOf(query, sources);
  const parts = partsOf(since, until, levels, sources.entries)
    .map((part) => toSql(part, query));
  const all = parts.map(({ sql }) => sql).join(" UNION ALL ");
  const by = [...(query.bucket === undefined ? [] : ["at"]), ...query.groupBy];
  const grouped = groupBy(by.length);
  const sums = SUM_COLUMNS.map((sum) => `sum(${sum}) AS ${sum}`);
  // Parts meet at whole hours: shorter groups are of one part each.
  const isSummedUp = query.bucket === "minute" || query.bucket === "hour";
  const sql = isSummedUp
    ? all
    : `SELECT ${[...by, ...sums].join(", ")} FROM (${all}) AS parts${grouped}`;
  return {
    sql: sql + grouped.replace("GROUP", "ORDER"),
    values: parts.flatMap(({ values }) => values),
  };
}

/** A row of an answer; PostgreSQL gives sums as text. */
export function toGroup(
  row: Readonly<Record<string, unknown>>,
  query: UsageQuery,
): UsageGroup {
  const number = (column: string) => Number(row[column] ?? 0);
  const dimensions = query.groupBy.map((name: Dimension) =>
    [name, row[name]] as const
  );
  return {
    ...(query.bucket === undefined ? {} : { at: number("at") }),
    ...Object.fromEntries(dimensions),
    requests: number("requests"),
    cached: number("cached"),
    computed: number("computed"),
    generated: number("generated"),
    reasoning: number("reasoning"),
    durationNs: number("duration_ns"),
    queueNs: number("queue_ns"),
    loadNs: number("load_ns"),
    promptNs: number("prompt_ns"),
    decodeNs: number("decode_ns"),
    firstTokenNs: number("first_token_ns"),
    begun: number("begun"),
  };
}
