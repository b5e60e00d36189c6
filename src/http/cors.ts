/**
 * Which web pages may use the server: pages of this machine, desktop and
 * editor shells, and what OLLAMA_ORIGINS adds.
 *
 * @module
 */

import type { MiddlewareHandler } from "@hono/hono";

const LOCAL_ORIGINS = ["localhost", "127.0.0.1", "0.0.0.0"].flatMap((host) => [
  `http://${host}`,
  `https://${host}`,
  `http://${host}:*`,
  `https://${host}:*`,
]);

const SHELL_ORIGINS = [
  "app://*",
  "file://*",
  "tauri://*",
  "vscode-webview://*",
  "vscode-file://*",
];

const METHODS = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS";

const HEADERS = [
  "Authorization",
  "Content-Type",
  "User-Agent",
  "Accept",
  "X-Requested-With",
  "OpenAI-Beta",
  ...[
    "arch",
    "async",
    "custom-poll-interval",
    "helper-method",
    "lang",
    "os",
    "package-version",
    "poll-helper",
    "retry-count",
    "runtime",
    "runtime-version",
    "timeout",
  ].map((name) => `X-Stainless-${name}`),
  // Browser clients of Anthropic's API need these; Ollama forgets them.
  "X-Api-Key",
  "Anthropic-Version",
  "Anthropic-Beta",
].join(",");

/** Seconds a browser may remember a preflight answer. */
const MAX_AGE = String(12 * 60 * 60);

/** One `*` stands for any text. */
function matches(pattern: string, origin: string): boolean {
  const [start = "", end] = pattern.toLowerCase().split("*", 2);
  return end === undefined
    ? origin === start
    : origin.length >= start.length + end.length &&
      origin.startsWith(start) && origin.endsWith(end);
}

/**
 * Answers 403 without a body to a foreign Origin, 204 to OPTIONS, and tells
 * browsers what is allowed.
 */
export function cors(configured: readonly string[]): MiddlewareHandler {
  const patterns = [...configured, ...LOCAL_ORIGINS, ...SHELL_ORIGINS];
  const allowsAll = configured.includes("*");
  return async (c, next) => {
    const origin = c.req.header("Origin")?.toLowerCase();
    const isOptions = c.req.method === "OPTIONS";
    if (origin !== undefined) {
      const host = c.req.header("Host")?.toLowerCase();
      const sameOrigin = origin === `http://${host}` ||
        origin === `https://${host}`;
      const allowed = sameOrigin || allowsAll ||
        patterns.some((pattern) => matches(pattern, origin));
      if (!allowed) {
        return c.body(null, 403);
      }
      c.header(
        "Access-Control-Allow-Origin",
        allowsAll ? "*" : c.req.header("Origin"),
      );
      c.header("Vary", "Origin", { append: true });
      if (isOptions) {
        c.header("Access-Control-Allow-Methods", METHODS);
        c.header("Access-Control-Allow-Headers", HEADERS);
        c.header("Access-Control-Max-Age", MAX_AGE);
      }
    }
    if (isOptions) {
      return c.body(null, 204);
    }
    await next();
  };
}
