/**
 * Routes that only Ollama's cloud could answer, told so in Ollama's words.
 *
 * @module
 */

import { Hono } from "@hono/hono";
import { json } from "./respond.ts";

/** An error in Ollama's shape. */
function refusal(error: string, status: number): () => Response {
  return () => json({ error }, status);
}

const SIGNED_OUT = refusal("you are not currently signed in", 401);

/** Accounts and web searches: there are none here. */
export function cloudRoutes(): Hono {
  return new Hono()
    .get(
      "/status",
      () => json({ cloud: { disabled: true, source: "config" } }),
    )
    .post(
      "/me",
      refusal("account unavailable: Tally does not use Ollama's cloud", 503),
    )
    .post("/signout", SIGNED_OUT)
    .delete("/user/keys/:key", SIGNED_OUT)
    .post(
      "/experimental/web_search",
      refusal("ollama cloud is disabled: web search is unavailable", 403),
    )
    .post(
      "/experimental/web_fetch",
      refusal("ollama cloud is disabled: web fetch is unavailable", 403),
    );
}
