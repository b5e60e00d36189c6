/**
 * The HTTP application: guards, routes, and the answers when nothing fits.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { type ErrorKind, ServerError } from "../errors.ts";
import {
  type Dialect,
  dialectOf,
  toServerError,
} from "../protocol/error_bodies.ts";
import { ENDPOINTS } from "../usage/operation.ts";
import { access } from "./access.ts";
import { speaksAnthropic } from "./anthropic_models_route.ts";
import { anthropicRoutes } from "./anthropic_routes.ts";
import { blobRoutes } from "./blob_routes.ts";
import { callerOf } from "./caller.ts";
import { cloudRoutes } from "./cloud_routes.ts";
import { cors } from "./cors.ts";
import type { AppDeps } from "./deps.ts";
import { documentRoutes } from "./document_routes.ts";
import { embeddingRoutes } from "./embedding_routes.ts";
import { hostCheck, isLoopback, thisMachine } from "./host_check.ts";
import { llamaServerRoutes } from "./llama_server_routes.ts";
import { metricsRoutes } from "./metrics_routes.ts";
import { modelRoutes } from "./model_routes.ts";
import { ollamaRoutes } from "./ollama_routes.ts";
import { openaiRoutes } from "./openai_routes.ts";
import { organizationRoutes } from "./organization_routes.ts";
import { pageRoutes } from "./page_routes.ts";
import { rerankRoutes } from "./rerank_routes.ts";
import { requestLog } from "./request_log.ts";
import { errorResponse, logError } from "./respond.ts";
import { serverRoutes } from "./server_routes.ts";
import { redirectToTidyPath } from "./tidy_path.ts";
import { tokenRoutes } from "./token_routes.ts";
import { transferRoutes } from "./transfer_routes.ts";
import { usageRoutes } from "./usage_routes.ts";

/** Builds the application over its dependencies. */
export function createApp(deps: AppDeps): Hono {
  const app = new Hono();
  addGuards(app, deps);

  app.route("/", pageRoutes());
  app.route("/", serverRoutes());
  app.route("/api", cloudRoutes());
  app.route("/", documentRoutes(deps));
  app.route("/api", ollamaRoutes(deps));
  app.route("/api", embeddingRoutes(deps));
  app.route("/api", modelRoutes(deps));
  app.route("/api", transferRoutes(deps));
  app.route("/api/blobs", blobRoutes(deps));
  app.route("/api/usage", usageRoutes(deps));
  app.route("/v1/organization/usage", organizationRoutes(deps));
  app.route("/", metricsRoutes(deps));
  app.route("/api", tokenRoutes(deps));
  app.route("/", llamaServerRoutes(deps));
  app.route("/", rerankRoutes(deps));
  app.route("/v1", openaiRoutes(deps));
  app.route("/v1/messages", anthropicRoutes(deps));

  addMethodNotAllowed(app);
  app.notFound((c) =>
    redirectToTidyPath(c) ?? noRoute(c, "not_found", "404 page not found")
  );
  app.onError((thrown, c) => {
    const error = toServerError(thrown);
    logError(deps.log, error);
    return errorResponse(error, dialectFor(c));
  });
  return app;
}

function addGuards(
  app: Hono,
  { config, keyring, log, requestLogFolder, version }: AppDeps,
): void {
  app.use(async (c, next) => {
    await next();
    c.header("Server", `tally/${version}`);
    addRequestId(c);
  });
  if (isLoopback(config.host.hostname)) {
    app.use(hostCheck(thisMachine()));
  }
  app.use(cors(config.origins));
  if (keyring !== undefined) {
    app.use(access(keyring));
  }
  if (requestLogFolder !== undefined) {
    const keep = requestLog(requestLogFolder, log);
    Object.values(ENDPOINTS).flat().forEach((path) => app.post(path, keep));
  }
}

/** Anthropic's clients ask for models where OpenAI's do. */
function dialectFor(c: Context): Dialect {
  const isModels = /^\/v1\/models(?:\/|$)/.test(c.req.path);
  return isModels && speaksAnthropic(c) ? "anthropic" : dialectOf(c.req.path);
}

/** The answer's id, where it has one, or the request's. */
function addRequestId(c: Context): void {
  const id = c.res.headers.get("X-Request-Id") ?? callerOf(c).id;
  c.header("X-Request-Id", id);
  if (dialectFor(c) === "anthropic") {
    c.header("Request-Id", id);
  }
}

/** Tells that there is no such route, as plain text where Ollama does so. */
function noRoute(c: Context, kind: ErrorKind, text: string): Response {
  const { path, method } = c.req;
  const dialect = dialectOf(path);
  const error = new ServerError(kind, `there is no ${method} ${path} here`);
  return dialect === "ollama"
    ? c.text(text, error.status as 404 | 405)
    : errorResponse(error, dialect);
}

/** Methods that answer at each path. GET answers HEAD as well. */
function methodsByPath(app: Hono): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of app.routes) {
    if (method !== "ALL") {
      const more = method === "GET" ? ["GET", "HEAD"] : [method];
      methods.set(path, [...methods.get(path) ?? [], ...more]);
    }
  }
  return methods;
}

/** A known path with a method that no route above has taken. */
function addMethodNotAllowed(app: Hono): void {
  for (const [path, methods] of methodsByPath(app)) {
    const allowed = [...new Set(methods)].join(", ");
    app.all(path, (c) => {
      const text = "405 method not allowed";
      const response = noRoute(c, "method_not_allowed", text);
      response.headers.set("Allow", allowed);
      return response;
    });
  }
}
