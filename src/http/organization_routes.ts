/**
 * `GET /v1/organization/usage/completions` and `/embeddings`: the ledger for
 * tools that read OpenAI's usage API.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import {
  readOrganizationQuery,
  toOrganizationPage,
  type UsageKind,
} from "../usage/organization.ts";
import type { AppDeps } from "./deps.ts";
import { json } from "./respond.ts";

/** Routes below `/v1/organization/usage`. */
export function organizationRoutes({ archive }: AppDeps): Hono {
  const answer = (kind: UsageKind) => async (c: Context) => {
    const { searchParams } = new URL(c.req.url);
    const page = readOrganizationQuery(kind, searchParams);
    return json(toOrganizationPage(page, await archive.query(page.query)));
  };
  return new Hono()
    .get("/completions", answer("completions"))
    .get("/embeddings", answer("embeddings"));
}
