/**
 * What a client asks before anything else: is a server there, which one.
 *
 * @module
 */

import { Hono } from "@hono/hono";
import { OLLAMA_VERSION } from "../version.ts";
import { json } from "./respond.ts";

/** `/api/version`. */
export function serverRoutes(): Hono {
  return new Hono()
    .get("/api/version", () => json({ version: OLLAMA_VERSION }));
}
