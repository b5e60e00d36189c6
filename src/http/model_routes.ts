/**
 * Routes about models as things in the store and in memory: tags, show, ps,
 * create, copy and delete.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { ServerError } from "../errors.ts";
import { createModel } from "../models/create.ts";
import { readGguf } from "../models/gguf.ts";
import type { ResolvedModel } from "../models/model.ts";
import { displayName, parseModelName } from "../models/name.ts";
import {
  CopyRequest,
  CreateRequest,
  DeleteRequest,
  ShowRequest,
} from "../protocol/ollama_types.ts";
import { readStruct } from "./body.ts";
import type { AppDeps } from "./deps.ts";
import {
  findModel,
  modelRequired,
  notFound,
  withoutPlace,
} from "./model_lookup.ts";
import { toListEntry, toLoadedEntry, toShowResponse } from "./model_report.ts";
import { streamNdjson } from "./ndjson.ts";
import { json, lastAsJson, workFor } from "./respond.ts";

/** The name, or the route's own words for one that is none. */
function checkName(name: string, words: string): void {
  try {
    parseModelName(name);
  } catch (cause) {
    throw new ServerError("bad_request", words, { cause });
  }
}

async function tags({ registry }: AppDeps): Promise<Response> {
  const models = await registry.list();
  return json({ models: models.map(toListEntry) });
}

/** With the vocabulary, which is read from the file only when asked for. */
async function withLongLists(
  model: ResolvedModel,
  { verbose }: ShowRequest,
): Promise<ResolvedModel> {
  const cut = Object.values(model.metadata.values).includes(null);
  return verbose && cut
    ? {
      ...model,
      metadata: await readGguf(model.weightsPath, { longLists: true }),
    }
    : model;
}

async function show(c: Context, { registry }: AppDeps): Promise<Response> {
  const body = await readStruct(c.req.raw, ShowRequest, "ShowRequest");
  const name = body.model || body.name;
  const model = await findModel(registry, name, {
    unnamed: modelRequired(),
    unknown: (missing) =>
      notFound(displayName(parseModelName(withoutPlace(missing)))),
  });
  const response = toShowResponse(await withLongLists(model, body), body);
  if (c.req.header("User-Agent")?.startsWith("GitHubCopilotChat/")) {
    // It shows this field to people, who know the name they asked for.
    response.model_info["general.basename"] = name;
  }
  return json(response);
}

function ps({ inference }: AppDeps): Response {
  return json({ models: inference.loaded().map(toLoadedEntry) });
}

async function create(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readStruct(c.req.raw, CreateRequest, "CreateRequest");
  const { store, registry, checkTemplate, rewrite, transfers } = deps;
  const work = workFor(c.req.raw);
  const { signal } = work;
  const pull = (model: string) =>
    transfers.pull({ model, insecure: false, signal });
  const options = { checkTemplate, rewrite, signal, pull };
  const progress = createModel(store, registry, body, options);
  return body.stream
    ? await streamNdjson(progress, work, deps.log)
    : await lastAsJson(progress);
}

async function copy(c: Context, { registry }: AppDeps): Promise<Response> {
  const { source, destination } = await readStruct(
    c.req.raw,
    CopyRequest,
    "CopyRequest",
  );
  checkName(source, `source ${JSON.stringify(source)} is invalid`);
  checkName(
    destination,
    `destination ${JSON.stringify(destination)} is invalid`,
  );
  await findModel(registry, source, {
    unnamed: modelRequired(),
    unknown: (missing) => `model ${JSON.stringify(missing)} not found`,
  });
  await registry.copy(source, destination);
  return c.body(null, 200);
}

/** A broken model can be deleted too, but was never loaded. */
function undefinedIfBroken(error: unknown): undefined {
  if (error instanceof ServerError && error.kind === "load_failed") {
    return undefined;
  }
  throw error;
}

async function remove(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readStruct(c.req.raw, DeleteRequest, "DeleteRequest");
  const name = body.model || body.name;
  if (name === "") {
    throw modelRequired();
  }
  checkName(name, `name ${JSON.stringify(name)} is invalid`);
  const model = await findModel(deps.registry, name, {
    unnamed: modelRequired(),
    unknown: notFound,
  }).catch(undefinedIfBroken);
  if (model !== undefined) {
    // A mapped file cannot be removed on Windows, so the model leaves first.
    await deps.inference.unload(model);
  }
  await deps.registry.delete(name);
  return c.body(null, 200);
}

/** Routes about models. */
export function modelRoutes(deps: AppDeps): Hono {
  return new Hono()
    .get("/tags", () => tags(deps))
    .post("/show", (c) => show(c, deps))
    .get("/ps", () => ps(deps))
    .post("/create", (c) => create(c, deps))
    .post("/copy", (c) => copy(c, deps))
    .delete("/delete", (c) => remove(c, deps));
}
