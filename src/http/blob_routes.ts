/**
 * `HEAD|POST /api/blobs/:digest`: files a client uploads before it creates a
 * model from them.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { ServerError } from "../errors.ts";
import type { AppDeps } from "./deps.ts";

/** The `sha256:…` a path names. */
function digestOf(c: Context): string {
  const digest = c.req.param("digest") ?? "";
  if (!/^sha256[:-][0-9a-f]{64}$/i.test(digest)) {
    throw new ServerError("bad_request", "invalid digest format");
  }
  return digest.toLowerCase().replace("-", ":");
}

/** Blobs are asked for, never handed out: only HEAD is answered. */
async function head(c: Context, { store }: AppDeps): Promise<Response> {
  if (c.req.method !== "HEAD") {
    return c.text("405 method not allowed", 405, { Allow: "HEAD, POST" });
  }
  const digest = digestOf(c);
  if (!await store.hasBlob(digest)) {
    throw new ServerError(
      "not_found",
      `blob ${JSON.stringify(digest)} not found`,
    );
  }
  return c.body(null, 200);
}

async function upload(c: Context, { store }: AppDeps): Promise<Response> {
  const digest = digestOf(c);
  if (await store.hasBlob(digest)) {
    await c.req.raw.body?.cancel();
    return c.body(null, 200);
  }
  await store.writeBlob(digest, c.req.raw.body ?? new Blob().stream());
  return c.body(null, 201);
}

/** Routes below `/api/blobs`. Hono dispatches HEAD as GET. */
export function blobRoutes(deps: AppDeps): Hono {
  return new Hono()
    .get("/:digest", (c) => head(c, deps))
    .post("/:digest", (c) => upload(c, deps));
}
