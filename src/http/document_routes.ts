/**
 * `GET /openapi.json` and `GET /docs`: the API for programs and for people.
 *
 * @module
 */

import { Hono } from "@hono/hono";
import type { AppDeps } from "./deps.ts";
import { openApiDocument } from "./openapi/document.ts";
import { documentPage } from "./openapi/page.ts";
import { json } from "./respond.ts";

/** The page has neither scripts nor anything to load. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The routes. */
export function documentRoutes({ keyring, version }: AppDeps): Hono {
  const document = () => openApiDocument(version, keyring?.required ?? false);
  return new Hono()
    .get("/openapi.json", () => json(document()))
    .get("/docs", (c) =>
      c.html(documentPage(document()), 200, {
        "Content-Security-Policy": POLICY,
      }));
}
