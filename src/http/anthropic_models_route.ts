/**
 * `GET /v1/models` and `GET /v1/models/{model}` for Anthropic's clients
 * (https://docs.claude.com/en/api/models-list), who ask where OpenAI's do and
 * tell their version.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import * as v from "valibot";
import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import { checked } from "../protocol/checked.ts";
import type { AppDeps } from "./deps.ts";
import { json } from "./respond.ts";

/** Models on a page, unless the client says how many. */
const USUAL_PAGE = 20;

const PageQuery = v.object({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.transform(Number),
      v.integer("must be a whole number"),
      v.minValue(1, "must be from 1 to 1000"),
      v.maxValue(1000, "must be from 1 to 1000"),
    ),
  ),
  after_id: v.optional(v.string()),
  before_id: v.optional(v.string()),
});

/** Whether a request comes from a client of Anthropic's. */
export function speaksAnthropic(c: Context): boolean {
  return c.req.header("anthropic-version") !== undefined;
}

function toModelInfo({ modifiedAt, name, metadata }: ResolvedModel) {
  const id = displayName(name);
  return {
    type: "model",
    id,
    display_name: id,
    created_at: modifiedAt.toISOString(),
    max_input_tokens: metadata.contextLength || null,
    max_tokens: metadata.contextLength || null,
    capabilities: null,
    line: null,
    lifecycle: "active",
    deprecated_at: null,
    retires_at: null,
  };
}

/** A page of models, as the client asks to go on or back. */
export async function anthropicModels(
  c: Context,
  { registry }: AppDeps,
): Promise<Response> {
  const { limit = USUAL_PAGE, after_id, before_id } = checked(
    PageQuery,
    c.req.query(),
  );
  const all = (await registry.list()).map(toModelInfo);
  const placeOf = (id: string) => all.findIndex((each) => each.id === id);
  const end = before_id === undefined ? all.length : placeOf(before_id);
  const start = before_id === undefined
    ? after_id === undefined ? 0 : placeOf(after_id) + 1
    : Math.max(0, end - limit);
  const data = all.slice(start, Math.min(start + limit, Math.max(end, 0)));
  return json({
    data,
    has_more: before_id === undefined ? start + limit < all.length : start > 0,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  });
}

/** One model under the name it was asked for. */
export function anthropicModel(model: ResolvedModel, id: string): Response {
  return json({ ...toModelInfo(model), id });
}
