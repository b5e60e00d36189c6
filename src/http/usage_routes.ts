/**
 * `GET /api/usage`: what every model has been asked and has answered, and
 * `GET /api/usage/requests/:id`. Reading touches no engine.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { ServerError } from "../errors.ts";
import { checkUsage } from "../usage/check.ts";
import { entryReport, liveReport, toHistory } from "../usage/history.ts";
import { asksForHistory, readUsageQuery } from "../usage/query_string.ts";
import { usageReport } from "../usage/report.ts";
import type { AppDeps } from "./deps.ts";
import { json } from "./respond.ts";

/** Whether a query parameter is there and not turned off. */
function isAsked(c: Context, name: string): boolean {
  return !["false", "0", undefined].includes(c.req.query(name));
}

async function usage(c: Context, deps: AppDeps): Promise<Response> {
  const { archive, ledger } = deps;
  const params = new URL(c.req.url).searchParams;
  const check = isAsked(c, "check") ? await checkUsage(ledger, archive) : null;
  const live = isAsked(c, "live") ? ledger.live().map(liveReport) : null;
  const body = asksForHistory(params)
    ? await history(params, deps)
    : usageReport(ledger, isAsked(c, "details"));
  return json({
    ...body,
    ...(live === null ? {} : { in_flight: live }),
    ...(check === null ? {} : { check }),
  });
}

async function history(params: URLSearchParams, { archive, ledger }: AppDeps) {
  const query = readUsageQuery(params, Math.floor(ledger.startedAt));
  const groups = await archive.query(query);
  const isPartial = archive.state.shared?.isCurrent === false;
  return toHistory(ledger.start, query, groups, isPartial);
}

/** Answers' ids are requests' with the name of their kind before. */
async function request(
  c: Context,
  { archive, ledger }: AppDeps,
): Promise<Response> {
  const asked = c.req.param("id") ?? "";
  const id = asked.replace(/^[a-z]+[-_]/, "");
  const live = ledger.live().find((entry) => entry.id === id);
  if (live !== undefined) {
    return json({ ...liveReport(live), outcome: "in_flight" });
  }
  const entry = await archive.entry(id);
  if (entry === undefined) {
    throw new ServerError("not_found", `request '${asked}' not found`);
  }
  return json(entryReport(entry));
}

/** Routes below `/api/usage`. */
export function usageRoutes(deps: AppDeps): Hono {
  return new Hono()
    .get("/", (c) => usage(c, deps))
    .get("/requests/:id", (c) => request(c, deps));
}
