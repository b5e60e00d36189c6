/**
 * OpenAI's routes, and the models in its words.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import {
  anthropicModel,
  anthropicModels,
  speaksAnthropic,
} from "./anthropic_models_route.ts";
import type { AppDeps } from "./deps.ts";
import {
  chatCompletions,
  countChatTokens,
  readChat,
} from "./openai_chat_route.ts";
import { completions } from "./openai_completion_route.ts";
import { embeddings } from "./openai_embeddings_route.ts";
import { findOpenAiModel } from "./openai_generation.ts";
import {
  countResponseTokens,
  createResponse,
} from "./openai_responses_route.ts";
import { json } from "./respond.ts";
import { ResponseStore } from "./response_store.ts";
import {
  cancelResponse,
  deleteResponse,
  listInputItems,
  retrieveResponse,
} from "./stored_responses_route.ts";

/** `meta` is llama-server's. */
function toModel({ modifiedAt, name, size, metadata }: ResolvedModel) {
  return {
    id: displayName(name),
    object: "model",
    created: Math.floor(modifiedAt.getTime() / 1000),
    owned_by: name.namespace,
    meta: {
      n_ctx_train: metadata.contextLength,
      n_embd: metadata.embeddingLength,
      n_params: metadata.parameterCount,
      size,
    },
  };
}

/** All models. */
export async function models({ registry }: AppDeps): Promise<Response> {
  const data = (await registry.list()).map(toModel);
  return json({ object: "list", data });
}

async function model(c: Context, deps: AppDeps): Promise<Response> {
  const name = c.req.param("name") ?? "";
  const found = await findOpenAiModel(deps, name);
  return speaksAnthropic(c)
    ? anthropicModel(found, name)
    : json({ ...toModel(found), id: name });
}

/** Routes below `/v1/responses`. */
function responsesRoutes(deps: AppDeps): Hono {
  const store = new ResponseStore();
  return new Hono()
    .post("/", (c) => createResponse(c, deps, store))
    .post("/input_tokens", (c) => countResponseTokens(c, deps, store))
    .get("/:id", (c) => retrieveResponse(c, store))
    .delete("/:id", (c) => deleteResponse(c, store))
    .post("/:id/cancel", (c) => cancelResponse(c, store))
    .get("/:id/input_items", (c) => listInputItems(c, store));
}

/** Routes below `/v1`. */
export function openaiRoutes(deps: AppDeps): Hono {
  return new Hono()
    .route("/responses", responsesRoutes(deps))
    .post(
      "/chat/completions",
      async (c) => chatCompletions(c, deps, await readChat(c, deps)),
    )
    .post(
      "/chat/completions/input_tokens",
      async (c) => countChatTokens(c, deps, await readChat(c, deps)),
    )
    .post("/completions", (c) => completions(c, deps))
    .post("/embeddings", (c) => embeddings(c, deps))
    .get(
      "/models",
      (c) => speaksAnthropic(c) ? anthropicModels(c, deps) : models(deps),
    )
    // Names have slashes in them.
    .get("/models/:name{.+}", (c) => model(c, deps));
}
