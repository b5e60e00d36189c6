/**
 * Paths with slashes too many, as clients write them whose base URL ends in
 * one: they are shown the way, as Ollama shows it.
 *
 * @module
 */

import type { Context } from "@hono/hono";

/** The path without empty parts. */
function tidied(path: string): string {
  return `/${path.split("/").filter(Boolean).join("/")}`;
}

/**
 * A redirect to the tidy path, method and body kept, or undefined where the
 * path is tidy already.
 */
export function redirectToTidyPath(c: Context): Response | undefined {
  const { pathname, search } = new URL(c.req.url);
  const path = tidied(pathname);
  return path === pathname ? undefined : c.redirect(path + search, 307);
}
