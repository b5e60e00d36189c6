/**
 * Questions about usage as URLs write them.
 *
 * @module
 */

import { parseDuration } from "../duration.ts";
import { ServerError } from "../errors.ts";
import {
  type Bucket,
  BUCKETS,
  type Dimension,
  DIMENSIONS,
  type UsageQuery,
} from "./query.ts";

/** Furthest moment from the epoch that a date can name, milliseconds. */
const FURTHEST_MS = 8.64e15;

/** Buckets an answer may have. */
const MOST_BUCKETS = 20_000;

function refuse(param: string, expected: string): never {
  throw new ServerError("bad_request", `${param}: expected ${expected}`, {
    param,
  });
}

/** Every value of a parameter, given again and again or with commas. */
function listOf(params: URLSearchParams, name: string): string[] {
  return params.getAll(name).flatMap((value) => value.split(","))
    .map((value) => value.trim()).filter((value) => value !== "");
}

function isDimension(name: string): name is Dimension {
  return DIMENSIONS.some((dimension) => dimension === name);
}

/**
 * A moment in milliseconds since the epoch: RFC 3339, a date, seconds since
 * the epoch, or how long ago, as in `24h` or `7d`.
 */
function readMoment(params: URLSearchParams, name: string, now: number) {
  const text = params.get(name)?.trim() ?? "";
  if (text === "") {
    return undefined;
  }
  const moment = toMoment(name, text, now);
  return Math.abs(moment) <= FURTHEST_MS
    ? moment
    : refuse(name, EXPECTED_MOMENT);
}

function toMoment(name: string, text: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    return Date.parse(text);
  }
  if (/^\d+(\.\d+)?$/.test(text)) {
    return Math.floor(Number(text) * 1000);
  }
  return now - readAge(name, text);
}

const EXPECTED_MOMENT =
  "a time such as 2026-01-28T01:22:12Z, 2026-01-28, 1769563332, 24h or 7d";

function readAge(name: string, text: string): number {
  const days = /^(\d+(?:\.\d+)?)d$/.exec(text);
  try {
    return days === null
      ? Math.abs(parseDuration(text))
      : Number(days[1]) * BUCKETS.day;
  } catch {
    return refuse(name, EXPECTED_MOMENT);
  }
}

function readBucket(params: URLSearchParams): Bucket | undefined {
  const text = params.get("bucket");
  if (text === null || text === "") {
    return undefined;
  }
  const names = Object.keys(BUCKETS) as Bucket[];
  return names.find((name) => name === text) ??
    refuse("bucket", names.join(", "));
}

function readGroupBy(params: URLSearchParams): Dimension[] {
  return [...new Set(listOf(params, "group_by"))].map((name) =>
    isDimension(name) ? name : refuse("group_by", DIMENSIONS.join(", "))
  );
}

/** Whether a request asks about more than the server's own totals. */
export function asksForHistory(params: URLSearchParams): boolean {
  const names = ["group_by", "since", "until", "bucket", "scope"];
  return [...names, ...DIMENSIONS].some((name) => params.has(name));
}

/**
 * Reads a question. `start` is what it is about when it does not say since
 * when. Throws a `bad_request` that names the parameter.
 */
export function readUsageQuery(
  params: URLSearchParams,
  start: number,
  now = Date.now(),
): UsageQuery {
  const since = readMoment(params, "since", now) ?? start;
  const until = readMoment(params, "until", now) ?? Infinity;
  const bucket = readBucket(params);
  const scope = params.get("scope") || "server";
  if (scope !== "server" && scope !== "all") {
    refuse("scope", "server or all");
  }
  if (bucket !== undefined) {
    const end = Math.min(until, now);
    const wanted = (end - since) / BUCKETS[bucket];
    if (wanted > MOST_BUCKETS) {
      refuse("bucket", `at most ${MOST_BUCKETS} buckets from since to until`);
    }
  }
  const filters = DIMENSIONS.map((name) =>
    [name, listOf(params, name)] as const
  )
    .filter(([, values]) => values.length > 0);
  const groupBy = params.has("group_by") ? readGroupBy(params) : ["model"];
  return {
    groupBy: groupBy as Dimension[],
    ...(bucket === undefined ? {} : { bucket }),
    since,
    until,
    only: Object.fromEntries(filters),
    scope,
  };
}
