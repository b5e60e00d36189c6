/**
 * Routes of responses that were made before.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import * as v from "valibot";
import { ServerError } from "../errors.ts";
import { checked } from "../protocol/checked.ts";
import type { KeptItem } from "../protocol/openai_response_items.ts";
import { callerOf } from "./caller.ts";
import { json } from "./respond.ts";
import type { KeptResponse, ResponseStore } from "./response_store.ts";

function idOf(c: Context): string {
  return c.req.param("id") ?? "";
}

function notFound(id: string): ServerError {
  return new ServerError("not_found", `Response with id '${id}' not found.`);
}

function find(c: Context, store: ResponseStore): KeptResponse {
  const kept = store.find(callerOf(c).key, idOf(c));
  if (kept === undefined) {
    throw notFound(idOf(c));
  }
  return kept;
}

/** One response. */
export function retrieveResponse(c: Context, store: ResponseStore): Response {
  const { response } = find(c, store);
  if (c.req.query("stream") === "true") {
    throw new ServerError(
      "bad_request",
      "This response has been streamed already; only responses in the " +
        "background, which are not supported, are streamed later.",
      { param: "stream" },
    );
  }
  return json(response);
}

/** Forgets a response. */
export function deleteResponse(c: Context, store: ResponseStore): Response {
  const id = idOf(c);
  if (!store.delete(callerOf(c).key, id)) {
    throw notFound(id);
  }
  return json({ id, object: "response", deleted: true });
}

/** Who waits for a response ends it by leaving. */
export function cancelResponse(c: Context, store: ResponseStore): never {
  find(c, store);
  throw new ServerError(
    "bad_request",
    "Only responses in the background can be cancelled; to stop another one, " +
      "close its connection.",
  );
}

const InputItemsQuery = v.object({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:[1-9]\d?|100)$/, "must be from 1 to 100"),
      v.transform(Number),
    ),
    "20",
  ),
  order: v.optional(v.picklist(["asc", "desc"]), "desc"),
  after: v.optional(v.string()),
});

/** Items after the one named `after`, all without a name. */
function itemsAfter(items: readonly KeptItem[], after: string | undefined) {
  if (after === undefined) {
    return items;
  }
  const at = items.findIndex(({ id }) => id === after);
  if (at < 0) {
    throw new ServerError("bad_request", `Item with id '${after}' not found.`, {
      param: "after",
    });
  }
  return items.slice(at + 1);
}

/** A page of the conversation that a response was made of. */
export function listInputItems(c: Context, store: ResponseStore): Response {
  const { input } = find(c, store);
  const { limit, order, after } = checked(InputItemsQuery, c.req.query());
  const items = order === "asc" ? input : input.toReversed();
  const rest = itemsAfter(items, after);
  const data = rest.slice(0, limit);
  return json({
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: rest.length > data.length,
  });
}
