/**
 * `POST /api/embed` and the older `POST /api/embeddings`.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { ServerError } from "../errors.ts";
import { hasRawEmbeddings } from "../models/raw_embeddings.ts";
import { readKeepAlive } from "../protocol/keep_alive.ts";
import { nanosecondsSince, withoutZeros } from "../protocol/ollama.ts";
import { readInputs } from "../protocol/ollama_embed.ts";
import { toRunner } from "../protocol/ollama_options.ts";
import { EmbeddingRequest, EmbedRequest } from "../protocol/ollama_types.ts";
import { toEmbedding } from "../protocol/vector.ts";
import type { Embeddings } from "../runtime/inference.ts";
import { readStruct } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { keepAliveField, mergeOptions } from "./generation_route.ts";
import {
  findModel,
  modelRequired,
  notFoundTryPulling,
  requireEmbedding,
  unnamedNotFound,
} from "./model_lookup.ts";
import { json, workFor } from "./respond.ts";

/** A body of one of the embedding routes. */
interface EmbeddingTask {
  readonly body: Pick<EmbeddingRequest, "model" | "keep_alive" | "options">;
  readonly unnamed: ServerError;
  readonly inputs: readonly string[];
  readonly truncate: boolean;
  /** The older route, which leaves some models' vectors as they are. */
  readonly legacy?: boolean;
}

/** Embeds; no input at all loads the model and gives nothing. */
async function embedInputs(
  c: Context,
  deps: AppDeps,
  { body, unnamed, inputs, truncate, legacy = false }: EmbeddingTask,
): Promise<Embeddings | undefined> {
  const keepAliveMs = readKeepAlive(body.keep_alive);
  const model = await findModel(deps.registry, body.model, {
    unnamed,
    unknown: notFoundTryPulling,
  });
  requireEmbedding(model, body.model);
  const options = mergeOptions(deps, model, body.options);
  if (options.num_ctx !== undefined && options.num_ctx < 1) {
    throw new ServerError(
      "bad_request",
      "input after truncation exceeds maximum context length",
    );
  }
  const work = {
    model,
    caller: callerOf(c),
    runner: toRunner(options),
    ...keepAliveField(keepAliveMs),
  };
  const { signal } = workFor(c.req.raw);
  if (inputs.length === 0) {
    await deps.inference.load(work, signal);
    return undefined;
  }
  return await deps.inference.embed({
    ...work,
    inputs,
    truncate,
    raw: legacy && hasRawEmbeddings(model.metadata),
  }, signal);
}

async function embed(c: Context, deps: AppDeps): Promise<Response> {
  const arrivedAt = performance.now();
  const body = await readStruct(c.req.raw, EmbedRequest, "EmbedRequest");
  const { model, truncate, dimensions } = body;
  const inputs = readInputs(body.input);
  const task = { body, unnamed: unnamedNotFound(), inputs, truncate };
  const result = await embedInputs(c, deps, task);
  if (result === undefined) {
    return json({ model, embeddings: [] });
  }
  const { vectors, counts, loadNs } = result;
  return json({
    model,
    embeddings: vectors.map((vector) => toEmbedding(vector, dimensions)),
    ...withoutZeros({
      total_duration: nanosecondsSince(arrivedAt),
      load_duration: Math.max(Math.round(loadNs), 1),
      prompt_eval_count: counts.cached + counts.computed,
    }),
  });
}

async function embedLegacy(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readStruct(
    c.req.raw,
    EmbeddingRequest,
    "EmbeddingRequest",
  );
  const result = await embedInputs(c, deps, {
    body,
    unnamed: modelRequired(),
    inputs: readInputs(body.prompt),
    truncate: true,
    legacy: true,
  });
  const vector = result?.vectors[0];
  return json({
    embedding: vector === undefined ? [] : toEmbedding(vector, 0),
  });
}

/** Routes that embed. */
export function embeddingRoutes(deps: AppDeps): Hono {
  return new Hono()
    .post("/embed", (c) => embed(c, deps))
    .post("/embeddings", (c) => embedLegacy(c, deps));
}
