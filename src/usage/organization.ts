/**
 * Usage in the shape of OpenAI's organization API
 * (https://platform.openai.com/docs/api-reference/usage), for the tools that
 * read it.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { Outcome } from "../generation.ts";
import { ENDPOINTS } from "./operation.ts";
import {
  type Bucket,
  BUCKETS,
  type Dimension,
  type UsageGroup,
  type UsageQuery,
} from "./query.ts";

/** The two kinds of usage there are here. */
export type UsageKind = "completions" | "embeddings";

/** Paths of the routes whose requests are of a kind. */
const ENDPOINTS_OF: Readonly<Record<UsageKind, readonly string[]>> = {
  completions: [...ENDPOINTS.chat, ...ENDPOINTS.text_completion],
  // OpenAI has no reranking; it reads as embedding does.
  embeddings: [...ENDPOINTS.embeddings, ...ENDPOINTS.rerank],
};

/** Requests that were begun. */
const BEGUN: readonly Outcome[] = ["completed", "cancelled", "failed"];

/** Widths of buckets, with how many a page has and may have. */
const WIDTHS: Readonly<
  Record<string, { bucket: Bucket; usual: number; most: number }>
> = {
  "1m": { bucket: "minute", usual: 60, most: 1440 },
  "1h": { bucket: "hour", usual: 24, most: 168 },
  "1d": { bucket: "day", usual: 7, most: 31 },
};

/** What OpenAI groups by, and what that is here; the others are null. */
const GROUPS: Readonly<Record<string, Dimension | undefined>> = {
  project_id: undefined,
  user_id: "end_user",
  api_key_id: "key",
  model: "model",
  batch: undefined,
  service_tier: undefined,
};

/** A page of buckets. */
export interface Page {
  readonly kind: UsageKind;
  readonly query: UsageQuery & { readonly bucket: Bucket };
  /** Where the next page begins, if there is one. */
  readonly next?: number;
  /** Asks for what there never is here, such as a project. */
  readonly isEmpty: boolean;
}

function refuse(param: string, expected: string): never {
  throw new ServerError("bad_request", `${param}: expected ${expected}`, {
    param,
  });
}

/** Values of `name`, `name[]` or with commas. */
function listOf(params: URLSearchParams, name: string): string[] {
  return [...params.getAll(name), ...params.getAll(`${name}[]`)]
    .flatMap((value) => value.split(",")).filter((value) => value !== "");
}

function readSeconds(params: URLSearchParams, name: string) {
  const text = params.get(name);
  if (text === null || text === "") {
    return undefined;
  }
  const seconds = Number(text);
  return Number.isInteger(seconds) && seconds >= 0
    ? seconds * 1000
    : refuse(name, "whole seconds since the epoch");
}

function readLimit(params: URLSearchParams, usual: number, most: number) {
  const limit = Number(params.get("limit") || usual);
  return Number.isInteger(limit) && limit >= 1 && limit <= most
    ? limit
    : refuse("limit", `a whole number from 1 to ${most}`);
}

function readPage(params: URLSearchParams): number | undefined {
  const page = params.get("page");
  if (page === null || page === "") {
    return undefined;
  }
  const start = /^page_(\d+)$/.exec(page)?.[1];
  return start === undefined
    ? refuse("page", "the next_page of an answer")
    : Number(start);
}

function readGroups(params: URLSearchParams): Dimension[] {
  const names = listOf(params, "group_by");
  const unknown = names.find((name) => !(name in GROUPS));
  if (unknown !== undefined) {
    refuse("group_by", Object.keys(GROUPS).join(", "));
  }
  return names.map((name) => GROUPS[name])
    .filter((dimension) => dimension !== undefined);
}

function readFilters(kind: UsageKind, params: URLSearchParams) {
  const filters = {
    model: listOf(params, "models"),
    key: listOf(params, "api_key_ids"),
    end_user: listOf(params, "user_ids"),
    endpoint: ENDPOINTS_OF[kind],
    outcome: BEGUN,
  };
  return Object.fromEntries(
    Object.entries(filters).filter(([, values]) => values.length > 0),
  );
}

/** Reads a question. Throws a `bad_request` that names the parameter. */
export function readOrganizationQuery(
  kind: UsageKind,
  params: URLSearchParams,
  now = Date.now(),
): Page {
  const since = readSeconds(params, "start_time") ??
    refuse("start_time", "whole seconds since the epoch");
  const end = Math.min(readSeconds(params, "end_time") ?? now, now + 1);
  const width = WIDTHS[params.get("bucket_width") || "1d"] ??
    refuse("bucket_width", Object.keys(WIDTHS).join(", "));
  const { bucket, usual, most } = width;
  const size = BUCKETS[bucket];
  const from = Math.max(since, readPage(params) ?? 0);
  const first = from - from % size;
  const limit = readLimit(params, usual, most);
  const until = Math.min(end, first + limit * size);
  return {
    kind,
    query: {
      groupBy: readGroups(params),
      bucket,
      since: from,
      until,
      only: readFilters(kind, params),
      scope: "all",
    },
    isEmpty: listOf(params, "project_ids").length > 0 ||
      params.get("batch") === "true",
    ...(until < end ? { next: until } : {}),
  };
}

function toResult(kind: UsageKind, group: UsageGroup) {
  const tokens = kind === "embeddings"
    ? { input_tokens: group.cached + group.computed }
    : {
      input_tokens: group.cached + group.computed,
      input_cached_tokens: group.cached,
      input_uncached_tokens: group.computed,
      output_tokens: group.generated,
      input_audio_tokens: 0,
      output_audio_tokens: 0,
    };
  return {
    object: `organization.usage.${kind}.result`,
    ...tokens,
    num_model_requests: group.requests,
    project_id: null,
    user_id: group.end_user ?? null,
    api_key_id: group.key ?? null,
    model: group.model ?? null,
    ...(kind === "completions" ? { batch: null, service_tier: null } : {}),
  };
}

/** The page, with its empty buckets. */
export function toOrganizationPage(
  { kind, query, next, isEmpty }: Page,
  groups: readonly UsageGroup[],
) {
  const size = BUCKETS[query.bucket];
  const first = query.since - query.since % size;
  const count = Math.max(0, Math.ceil((query.until - first) / size));
  const data = Array.from({ length: count }, (_, index) => {
    const start = first + index * size;
    const results = groups.filter((group) =>
      !isEmpty && group.at === start && group.requests > 0
    );
    return {
      object: "bucket",
      start_time: start / 1000,
      end_time: (start + size) / 1000,
      results: results.map((group) => toResult(kind, group)),
    };
  });
  return {
    object: "page",
    data,
    has_more: next !== undefined,
    next_page: next === undefined ? null : `page_${next}`,
  };
}
