/**
 * What clients of llama-server ask beside OpenAI's routes. It has one model;
 * here a body or query may name one, else it is the one that is loaded, or
 * the only one there is.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { ServerError } from "../errors.ts";
import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import { toLlamaOptions, toSettings } from "../protocol/llama_completion.ts";
import { LlamaEmbeddingRequest } from "../protocol/llama_types.ts";
import {
  readOptions,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import { toInputs } from "../protocol/openai_completion.ts";
import { UnnamedChatRequest } from "../protocol/openai_types.ts";
import {
  LlamaDetokenizeRequest,
  LlamaTokenizeRequest,
  textOf,
  toPiece,
} from "../protocol/token_types.ts";
import { readChecked } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { llamaCompletion, llamaInfill } from "./llama_completion_route.ts";
import { meantModel } from "./meant_model.ts";
import { requireEmbedding } from "./model_lookup.ts";
import {
  type Chat,
  chatCompletions,
  chatRequest,
  countChatTokens,
} from "./openai_chat_route.ts";
import { models } from "./openai_routes.ts";
import { json, workFor } from "./respond.ts";
import { tokenWork } from "./token_routes.ts";

/** Reads a conversation that need not name its model. */
async function readUnnamed(c: Context, deps: AppDeps): Promise<Chat> {
  const body = await readChecked(c.req.raw, UnnamedChatRequest);
  const model = await meantModel(deps, body.model);
  return { body: { ...body, model: body.model ?? model.shortName }, model };
}

async function tokenize(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, LlamaTokenizeRequest);
  const work = tokenWork(c, await meantModel(deps, body.model));
  const { signal } = workFor(c.req.raw);
  const { inference } = deps;
  const tokens = await inference.tokenize(
    work,
    body.content,
    body.add_special ?? false,
    signal,
  );
  if (!body.with_pieces) {
    return json({ tokens });
  }
  const pieces = await inference.detokenize(work, tokens, signal);
  return json({
    tokens: tokens.map((id, at) => ({ id, piece: toPiece(pieces[at] ?? []) })),
  });
}

async function detokenize(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, LlamaDetokenizeRequest);
  const work = tokenWork(c, await meantModel(deps, body.model));
  const { signal } = workFor(c.req.raw);
  const pieces = await deps.inference.detokenize(work, body.tokens, signal);
  return json({ content: textOf(pieces) });
}

async function applyTemplate(c: Context, deps: AppDeps): Promise<Response> {
  const { body, model } = await readUnnamed(c, deps);
  const request = chatRequest(c, body, model);
  const { signal } = workFor(c.req.raw);
  return json({ prompt: await deps.inference.render(request, signal) });
}

async function embedding(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, LlamaEmbeddingRequest);
  const model = await meantModel(deps, body.model);
  requireEmbedding(model, displayName(model.name));
  const written = body.content ?? body.input ?? "";
  const { vectors } = await deps.inference.embed({
    model,
    caller: callerOf(c),
    inputs: toInputs(written),
    truncate: false,
    runner: toRunner(readOptions(model.parameters)),
    raw: body.embd_normalize === -1,
  }, workFor(c.req.raw).signal);
  return json(vectors.map((vector, index) => ({
    index,
    embedding: [[...vector]],
  })));
}

/** How `/completion` chooses tokens when the request does not say. */
function settingsOf(model: ResolvedModel) {
  const options = toLlamaOptions({}, readOptions(model.parameters));
  const { num_predict = -1, stop } = options;
  return toSettings(toSampling(options), num_predict, stop);
}

async function props(c: Context, deps: AppDeps): Promise<Response> {
  const model = await meantModel(deps, c.req.query("model"));
  const loaded = deps.inference.loaded()
    .find((each) => each.model.weightsDigest === model.weightsDigest);
  const { contextLength } = loaded ?? model.metadata;
  return json({
    default_generation_settings: {
      n_ctx: contextLength,
      params: settingsOf(model),
    },
    total_slots: deps.config.parallel,
    model_alias: displayName(model.name),
    model_path: model.weightsPath,
    chat_template: model.template ?? model.metadata.chatTemplate ?? "",
    modalities: { vision: model.capabilities.includes("vision"), audio: false },
    build_info: `tally-${deps.version}`,
    is_sleeping: loaded === undefined,
  });
}

/** One entry for each place of each loaded model. */
function slots(c: Context, { inference, config }: AppDeps): Response {
  const all = inference.loaded().flatMap(({ model, running, contextLength }) =>
    Array.from({ length: config.parallel }, (_, id) => ({
      id,
      model: displayName(model.name),
      n_ctx: contextLength,
      speculative: false,
      is_processing: id < running,
    }))
  );
  if (
    c.req.query("fail_on_no_slot") !== undefined && all.length > 0 &&
    all.every((slot) => slot.is_processing)
  ) {
    throw new ServerError("queue_full", "no slot available");
  }
  return json(all);
}

/** llama-server's routes that mean something here. */
export function llamaServerRoutes(deps: AppDeps): Hono {
  const health = () => json({ status: "ok" });
  return new Hono()
    .get("/health", health)
    .get("/v1/health", health)
    .get("/props", (c) => props(c, deps))
    .get("/slots", (c) => slots(c, deps))
    .get("/models", () => models(deps))
    .post("/completion", (c) => llamaCompletion(c, deps))
    .post("/completions", (c) => llamaCompletion(c, deps))
    .post("/infill", (c) => llamaInfill(c, deps))
    .post(
      "/chat/completions",
      async (c) => chatCompletions(c, deps, await readUnnamed(c, deps)),
    )
    .post(
      "/chat/completions/input_tokens",
      async (c) => countChatTokens(c, deps, await readUnnamed(c, deps)),
    )
    .post("/embedding", (c) => embedding(c, deps))
    .post("/embeddings", (c) => embedding(c, deps))
    .post("/tokenize", (c) => tokenize(c, deps))
    .post("/detokenize", (c) => detokenize(c, deps))
    .post("/apply-template", (c) => applyTemplate(c, deps));
}
