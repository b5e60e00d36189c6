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

/** What a page may send, and the seconds a browser may remember it. */
const PREFLIGHT = {
  "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
  "Access-Control-Allow-Headers": HEADERS,
  "Access-Control-Max-Age": String(12 * 60 * 60),
};

/** One `*` stands for any text. */
function matches(pattern: string, origin: string): boolean {
  const [start = "", end] = pattern.toLowerCase().split("*", 2);
  return end === undefined
    ? origin === start
    : origin.length >= start.length + end.length &&
      origin.startsWith(start) && origin.endsWith(end);
}

/** Headers for an allowed origin, nothing for a foreign one. */
function headersFor(
  origin: string,
  host: string | undefined,
  configured: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (configured.includes("*")) {
    return { "Access-Control-Allow-Origin": "*" };
  }
  const page = origin.toLowerCase();
  const ownPage = page.replace(/^https?:\/\//, "") === host?.toLowerCase();
  const patterns = [...configured, ...LOCAL_ORIGINS, ...SHELL_ORIGINS];
  return ownPage || patterns.some((pattern) => matches(pattern, page))
    ? { "Access-Control-Allow-Origin": origin, "Vary": "Origin" }
    : undefined;
}

/**
 * Answers 403 without a body to a foreign Origin, 204 to OPTIONS, and tells
 * browsers what is allowed.
 */
export function cors(configured: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("Origin");
    const headers = origin
      ? headersFor(origin, c.req.header("Host"), configured)
      : {};
    if (headers === undefined) {
      return c.body(null, 403);
    }
    if (c.req.method === "OPTIONS") {
      return c.body(null, 204, { ...headers, ...PREFLIGHT });
    }
    await next();
    // Afterwards, because errors are other responses than the handler's.
    for (const [name, value] of Object.entries(headers)) {
      c.header(name, value, { append: name === "Vary" });
    }
  };
}
