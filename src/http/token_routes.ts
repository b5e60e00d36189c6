/**
 * `POST /api/tokenize` and `POST /api/detokenize`: texts to tokens and back,
 * as the model itself does it. Nothing is evaluated and nothing counted.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import type { ResolvedModel } from "../models/model.ts";
import { readKeepAlive } from "../protocol/keep_alive.ts";
import { readOptions, toRunner } from "../protocol/ollama_options.ts";
import { nanosecondsSince } from "../protocol/ollama.ts";
import {
  DetokenizeRequest,
  textOf,
  TokenizeRequest,
} from "../protocol/token_types.ts";
import { readChecked } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { keepAliveField } from "./generation_route.ts";
import { findModel, modelRequired, notFound } from "./model_lookup.ts";
import { json, workFor } from "./respond.ts";

/** What a model is asked about tokens with. */
export function tokenWork(
  c: Context,
  model: ResolvedModel,
  keepAlive?: unknown,
) {
  return {
    model,
    caller: callerOf(c),
    runner: toRunner(readOptions(model.parameters)),
    ...keepAliveField(readKeepAlive(keepAlive)),
  };
}

function find({ registry }: AppDeps, name: string): Promise<ResolvedModel> {
  const words = { unnamed: modelRequired(), unknown: notFound };
  return findModel(registry, name, words);
}

async function tokenize(c: Context, deps: AppDeps): Promise<Response> {
  const arrivedAt = performance.now();
  const body = await readChecked(c.req.raw, TokenizeRequest);
  const { model, text, keep_alive } = body;
  const work = tokenWork(c, await find(deps, model), keep_alive);
  const { signal } = workFor(c.req.raw);
  const tokens = await deps.inference.tokenize(work, text, true, signal);
  return json({ model, tokens, total_duration: nanosecondsSince(arrivedAt) });
}

async function detokenize(c: Context, deps: AppDeps): Promise<Response> {
  const arrivedAt = performance.now();
  const body = await readChecked(c.req.raw, DetokenizeRequest);
  const { model, tokens, keep_alive } = body;
  const work = tokenWork(c, await find(deps, model), keep_alive);
  const { signal } = workFor(c.req.raw);
  const pieces = await deps.inference.detokenize(work, tokens, signal);
  const text = textOf(pieces);
  return json({ model, text, total_duration: nanosecondsSince(arrivedAt) });
}

/** Routes below `/api` about tokens. */
export function tokenRoutes(deps: AppDeps): Hono {
  return new Hono()
    .post("/tokenize", (c) => tokenize(c, deps))
    .post("/detokenize", (c) => detokenize(c, deps));
}
