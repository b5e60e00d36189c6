/**
 * The page at `/` for browsers, and its files. Whoever does not prefer HTML
 * gets the text that Ollama's clients look for.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { accepts } from "@hono/hono/accepts";
import { ServerError } from "../errors.ts";
import { DOCUMENT, type PageFile, pageFiles } from "../web/page.ts";

/** Nothing from elsewhere, nothing inline, no text taken for HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  // Browsers keep the files and ask whether they have changed.
  "Cache-Control": "no-cache",
  "Content-Security-Policy": POLICY,
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** A media type that a client takes, and how much it likes it, from 0 to 1. */
interface Liking {
  readonly type: string;
  readonly q: number;
}

/** The better liked of the two; plain text when they are liked alike. */
function preferredType(likings: readonly Liking[]): string {
  const quality = (...types: string[]) =>
    types.map((type) => likings.find((each) => each.type === type)?.q)
      .find((q) => q !== undefined) ?? 0;
  const plain = quality("text/plain", "text/*", "*/*");
  return quality("text/html") > plain ? "text/html" : "text/plain";
}

function prefersHtml(c: Context): boolean {
  return accepts(c, {
    header: "Accept",
    supports: ["text/html", "text/plain"],
    default: "text/plain",
    match: preferredType,
  }) === "text/html";
}

function isKnown(c: Context, { etag }: PageFile): boolean {
  const known = c.req.header("If-None-Match")?.split(",") ?? [];
  return known.some((each) => each.trim().replace(/^W\//, "") === etag);
}

function send(c: Context, name: string): Response {
  const file = pageFiles().get(name);
  if (file === undefined) {
    throw new ServerError("not_found", `the page has no file '${name}'`);
  }
  const headers = { ...HEADERS, ETag: file.etag };
  return isKnown(c, file)
    ? c.body(null, 304, headers)
    : c.body(file.content, 200, { ...headers, "Content-Type": file.type });
}

/** `/` and `/web/:file`. */
export function pageRoutes(): Hono {
  return new Hono()
    .get("/", (c) => {
      c.header("Vary", "Accept");
      return prefersHtml(c) ? send(c, DOCUMENT) : c.text("Ollama is running");
    })
    .get("/web/:file", (c) => send(c, c.req.param("file")));
}
