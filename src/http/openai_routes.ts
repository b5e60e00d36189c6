/**
 * OpenAI's routes, and the models in its words.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import type { ResolvedModel } from "../models/model.ts";
import type { AppDeps } from "./deps.ts";
import { displayName } from "./model_report.ts";
import { chatCompletions, countChatTokens } from "./openai_chat_route.ts";
import { completions } from "./openai_completion_route.ts";
import { embeddings } from "./openai_embeddings_route.ts";
import { findOpenAiModel } from "./openai_generation.ts";
import { json } from "./respond.ts";

function toModel({ modifiedAt, name }: ResolvedModel) {
  return {
    id: displayName(name),
    object: "model",
    created: Math.floor(modifiedAt.getTime() / 1000),
    owned_by: name.namespace,
  };
}

async function models({ registry }: AppDeps): Promise<Response> {
  const data = (await registry.list()).map(toModel);
  return json({ object: "list", data });
}

async function model(c: Context, deps: AppDeps): Promise<Response> {
  // Names have slashes in them.
  const name = decodeURIComponent(c.req.path.replace("/v1/models/", ""));
  const found = await findOpenAiModel(deps, name);
  return json({ ...toModel(found), id: name });
}

/** Routes below `/v1`. */
export function openaiRoutes(deps: AppDeps): Hono {
  return new Hono()
    .post("/chat/completions", (c) => chatCompletions(c, deps))
    .post("/chat/completions/input_tokens", (c) => countChatTokens(c, deps))
    .post("/completions", (c) => completions(c, deps))
    .post("/embeddings", (c) => embeddings(c, deps))
    .get("/models", () => models(deps))
    .get("/models/*", (c) => model(c, deps));
}
