/**
 * Usage over time and by whom, as `GET /api/usage` answers it when it is asked
 * for more than the totals; and single requests.
 *
 * @module
 */

import type { Entry, LiveEntry } from "./entry.ts";
import type { UsageGroup, UsageQuery } from "./query.ts";

/** One group: its dimensions, then its sums; times are in nanoseconds. */
export type HistoryRow = Readonly<Record<string, string | number>>;

/** Body of `GET /api/usage` with a question. */
export interface History {
  readonly start: string;
  readonly since: string;
  readonly until: string;
  /** A ledger of many servers that could not be asked: this one's only. */
  readonly partial?: true;
  readonly usage: readonly HistoryRow[];
}

/** RFC 3339 in UTC. */
function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function toRow(group: UsageGroup, { groupBy, bucket }: UsageQuery): HistoryRow {
  const dimensions = groupBy.map((name) => [name, group[name] ?? ""] as const);
  return {
    ...(bucket === undefined ? {} : { bucket: toTime(group.at ?? 0) }),
    ...Object.fromEntries(dimensions),
    requests: group.requests,
    prompt_tokens: group.cached + group.computed,
    completion_tokens: group.generated,
    cached_tokens: group.cached,
    computed_tokens: group.computed,
    reasoning_tokens: group.reasoning,
    duration: group.durationNs,
    queue_duration: group.queueNs,
    load_duration: group.loadNs,
    prompt_eval_duration: group.promptNs,
    eval_duration: group.decodeNs,
    mean_time_to_first_token: group.begun === 0
      ? 0
      : Math.round(group.firstTokenNs / group.begun),
  };
}

/** The answer to a question. */
export function toHistory(
  start: string,
  query: UsageQuery,
  groups: readonly UsageGroup[],
  isPartial = false,
): History {
  return {
    start,
    since: toTime(query.since),
    until: toTime(Math.min(query.until, Date.now())),
    ...(isPartial ? { partial: true } : {}),
    usage: groups.filter(({ requests }) => requests > 0)
      .map((group) => toRow(group, query)),
  };
}

/** What is told of a request under way. */
export function liveReport(entry: LiveEntry) {
  return {
    id: entry.id,
    model: entry.model,
    endpoint: entry.endpoint,
    key: entry.key,
    ...(entry.endUser === "" ? {} : { end_user: entry.endUser }),
    started_at: toTime(entry.startedAt),
    duration: entry.durationNs,
    prompt_tokens: entry.cached + entry.computed,
    cached_tokens: entry.cached,
    completion_tokens: entry.generated,
  };
}

/** What is told of a request that has ended. */
export function entryReport(entry: Entry) {
  return {
    ...liveReport(entry),
    outcome: entry.outcome,
    ended_at: toTime(entry.endedAt),
    computed_tokens: entry.computed,
    reasoning_tokens: entry.reasoning,
    queue_duration: entry.queueNs,
    load_duration: entry.loadNs,
    prompt_eval_duration: entry.promptNs,
    eval_duration: entry.decodeNs,
    time_to_first_token: entry.firstTokenNs,
  };
}
