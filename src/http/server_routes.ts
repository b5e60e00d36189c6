/**
 * What a client asks before anything else: is a server there, which one.
 *
 * @module
 */

import { Hono } from "@hono/hono";
import { json } from "./respond.ts";

/**
 * The release of Ollama whose API is served. Clients compare it to find out
 * what they may use.
 */
export const OLLAMA_VERSION = "0.32.15";

/** `/`, `/api/version` and `/api/status`. */
export function serverRoutes(): Hono {
  return new Hono()
    .get("/", (c) => c.text("Ollama is running"))
    .get("/api/version", () => json({ version: OLLAMA_VERSION }))
    .get(
      "/api/status",
      () => json({ cloud: { disabled: true, source: "config" } }),
    );
}
