/**
 * Who may ask for what, once there are API keys.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "@hono/hono";
import { ServerError } from "../errors.ts";
import type { Keyring } from "../usage/keys/keyring.ts";
import { nameCaller } from "./caller.ts";

/** What anybody may see: that a server is there, and pages without data. */
const OPEN =
  /^\/(?:$|web\/|api\/version$|health$|v1\/health$|docs$|openapi\.json$)/;

/** Usage of everybody, and changes of models. */
const ADMIN =
  /^\/(?:api\/(?:usage|create|pull|push|copy|delete|blobs)(?:\/|$)|metrics$|v1\/organization\/)/;

/** What a path takes, once there are API keys. */
export function accessTo(path: string): "open" | "key" | "admin" {
  if (OPEN.test(path)) {
    return "open";
  }
  return ADMIN.test(path) ? "admin" : "key";
}

/** The key as OpenAI's, Ollama's and Anthropic's clients send it. */
function secretOf(c: Context): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(c.req.header("Authorization") ?? "");
  return bearer?.[1]?.trim() ?? c.req.header("x-api-key");
}

function unauthorized(secret: string | undefined): ServerError {
  const problem = secret === undefined
    ? "this server asks for an API key"
    : "this API key is not valid";
  return new ServerError(
    "unauthorized",
    `${problem}; send one as "Authorization: Bearer KEY" or "x-api-key: KEY", ` +
      "or have one made with `tally keys create NAME`",
    { code: "invalid_api_key" },
  );
}

/** Lets requests through whose key allows it. Without keys all are let through. */
export function access(keyring: Keyring): MiddlewareHandler {
  return async (c, next) => {
    const needs = accessTo(c.req.path);
    if (keyring.required && needs !== "open" && c.req.method !== "OPTIONS") {
      const secret = secretOf(c);
      const key = secret === undefined ? undefined : keyring.find(secret);
      if (key === undefined) {
        throw unauthorized(secret);
      }
      if (needs === "admin" && !key.admin) {
        throw new ServerError(
          "forbidden",
          `the key "${key.name}" may use models, not manage them or see ` +
            "usage; that takes a key made with `--admin`",
        );
      }
      nameCaller(c, key.name);
    }
    await next();
  };
}
