/**
 * The ledger's routes and what they answer.
 *
 * @module
 */

import * as v from "valibot";
import { BUCKETS, DIMENSIONS } from "../../usage/query.ts";
import { anyObject, count, maybe, text, time } from "./answer_fields.ts";
import {
  json,
  type Operation,
  type Section,
  text as plain,
} from "./operation.ts";

const outcome = v.picklist(["completed", "cancelled", "failed", "rejected"]);

const totals = v.object({
  requests: count,
  prompt_tokens: count,
  cached_tokens: count,
  completion_tokens: count,
});

/** A group of requests; which fields come depends on what was asked. */
const row = v.object({
  bucket: maybe(time),
  ...v.entriesFromList(DIMENSIONS, maybe(text)),
  requests: count,
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: maybe(count),
  computed_tokens: maybe(count),
  reasoning_tokens: maybe(count),
  duration: maybe(count),
  queue_duration: maybe(count),
  load_duration: maybe(count),
  prompt_eval_duration: maybe(count),
  eval_duration: maybe(count),
  mean_time_to_first_token: maybe(count),
  ...v.entriesFromList([...outcome.options, "in_flight"], maybe(totals)),
});

const request = {
  id: text,
  model: text,
  endpoint: text,
  key: text,
  end_user: maybe(text),
  started_at: time,
  duration: count,
  prompt_tokens: count,
  cached_tokens: count,
  completion_tokens: count,
};

const sums = v.object({ cached: count, computed: count, generated: count });

/** Groups of requests, with what was asked for besides. */
export const UsageReport = v.object({
  start: time,
  since: maybe(time),
  until: maybe(time),
  partial: maybe(v.literal(true)),
  usage: v.array(row),
  in_flight: maybe(v.array(v.object(request))),
  check: maybe(v.object({
    entries: sums,
    engines: sums,
    recorded: sums,
    difference: count,
  })),
});

/** One request; times in nanoseconds. */
export const UsageRequest = v.object({
  ...request,
  outcome: v.picklist([...outcome.options, "in_flight"]),
  ended_at: maybe(time),
  computed_tokens: maybe(count),
  reasoning_tokens: maybe(count),
  queue_duration: maybe(count),
  load_duration: maybe(count),
  prompt_eval_duration: maybe(count),
  eval_duration: maybe(count),
  time_to_first_token: maybe(count),
});

/** A page of OpenAI's usage API. */
export const OrganizationUsagePage = v.object({
  object: v.literal("page"),
  data: v.array(v.object({
    object: v.literal("bucket"),
    start_time: count,
    end_time: count,
    results: v.array(anyObject),
  })),
  has_more: v.boolean(),
  next_page: v.nullable(text),
});

function described(description: string) {
  return maybe(v.pipe(v.string(), v.description(description)));
}

const moment = "2026-01-28T01:22:12Z, 2026-01-28, 1769563332, 24h or 7d";

const organization: Operation = {
  summary: "The ledger in the shape of OpenAI's usage API",
  query: {
    start_time: v.pipe(
      v.string(),
      v.regex(/^[0-9]+$/),
      v.description("Seconds since the epoch, inclusive"),
    ),
    end_time: described("Seconds since the epoch, exclusive"),
    bucket_width: described("1m, 1h or 1d"),
    limit: described("Buckets of a page"),
    page: described("The next_page of an answer"),
    group_by: described("model, user_id, api_key_id, …; several with commas"),
    models: described("Only these models"),
    api_key_ids: described("Only these keys, by name"),
    user_ids: described("Only these end users"),
  },
  answers: { 200: json(OrganizationUsagePage) },
};

/** What has been used. */
export const USAGE_SECTION: Section = {
  name: "Usage",
  description: "The ledger: every token that was evaluated, and for whom",
  operations: {
    "GET /api/usage": {
      summary: "What every model has been asked and has answered",
      query: {
        details: described("true tells outcomes and cached tokens apart"),
        check: described("true compares the ledger with the engines' counters"),
        live: described("true lists the requests under way"),
        group_by: described(`${DIMENSIONS.join(", ")}; several with commas`),
        bucket: maybe(v.picklist(["", ...Object.keys(BUCKETS)])),
        since: described(`As in ${moment}; inclusive`),
        until: described(`As in ${moment}; exclusive`),
        scope: maybe(v.picklist(["", "server", "all"])),
        ...v.entriesFromList(
          DIMENSIONS,
          described("Only these; several with commas"),
        ),
      },
      answers: { 200: json(UsageReport) },
    },
    "GET /api/usage/requests/{id}": {
      summary: "One request",
      path: { id: text },
      answers: { 200: json(UsageRequest) },
      errors: ["not_found"],
    },
    "GET /v1/organization/usage/completions": organization,
    "GET /v1/organization/usage/embeddings": organization,
    "GET /metrics": {
      summary: "Metrics for Prometheus",
      answers: { 200: plain() },
    },
  },
};
