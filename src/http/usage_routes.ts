/**
 * `GET /api/usage`: what every model has been asked and has answered. Reading
 * touches no engine.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { usageReport } from "../usage/report.ts";
import type { AppDeps } from "./deps.ts";
import { json } from "./respond.ts";

/** Whether a query parameter is there and not turned off. */
function isAsked(c: Context, name: string): boolean {
  return !["false", "0", undefined].includes(c.req.query(name));
}

/** Routes below `/api/usage`. */
export function usageRoutes({ ledger }: AppDeps): Hono {
  return new Hono().get("/", (c) =>
    json(usageReport(ledger, {
      details: isAsked(c, "details"),
      check: isAsked(c, "check"),
    })));
}
