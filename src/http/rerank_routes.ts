/**
 * Routes that tell how well documents answer a question, for models that
 * rank. The scores are the model's own and of any size.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import * as v from "valibot";
import { ServerError } from "../errors.ts";
import { RERANK_ENDPOINTS } from "../generation.ts";
import type { OllamaOptions } from "../model_options.ts";
import { rerankTemplate } from "../models/capabilities.ts";
import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import { readKeepAlive } from "../protocol/keep_alive.ts";
import { nanosecondsSince, withoutZeros } from "../protocol/ollama.ts";
import { readOptions, toRunner } from "../protocol/ollama_options.ts";
import {
  OllamaRerankRequest,
  rank,
  RerankRequest,
  TextsRequest,
  toOllamaResults,
  toRerankList,
  toTextResults,
} from "../protocol/rerank.ts";
import type { EmbeddingRequest } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import { callerFor, callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { keepAliveField, mergeOptions } from "./generation_route.ts";
import { meantModel } from "./meant_model.ts";
import {
  findModel,
  modelRequired,
  notFoundTryPulling,
  requireRerank,
} from "./model_lookup.ts";
import { json, workFor } from "./respond.ts";

/** What a body asks to be ranked. */
interface Task {
  readonly query: string;
  readonly documents: readonly string[];
  readonly top_n?: number | null | undefined;
  readonly truncate: boolean;
  readonly options: OllamaOptions;
}

/** Scores the documents; the best first. */
async function rerank(
  c: Context,
  deps: AppDeps,
  work: Pick<EmbeddingRequest, "model" | "caller" | "keepAliveMs">,
  { query, documents, top_n, truncate, options }: Task,
) {
  const template = rerankTemplate(work.model.metadata);
  const { vectors, counts, loadNs } = await deps.inference.embed({
    ...work,
    runner: toRunner(options),
    inputs: documents,
    question: { text: query, ...(template === undefined ? {} : { template }) },
    truncate,
  }, workFor(c.req.raw).signal);
  const scores = vectors.map(([score]) => {
    if (score === undefined) {
      throw new ServerError("internal", "the model has given no score");
    }
    return score;
  });
  return { ranked: rank(scores, top_n), counts, loadNs };
}

/** A body with `texts` is for text-embeddings-inference, else it is Jina's. */
const AnyRequest = v.lazy((body) =>
  (body as Record<string, unknown> | null)?.["texts"] === undefined
    ? RerankRequest
    : TextsRequest
);

function writtenName(
  name: string | null | undefined,
  model: ResolvedModel,
): string {
  return name || displayName(model.name);
}

async function rerankList(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, AnyRequest);
  const model = await meantModel(deps, body.model);
  const written = writtenName(body.model, model);
  requireRerank(model, written);
  const isJina = "documents" in body;
  const caller = callerFor(c, isJina ? body.user : undefined);
  const documents = isJina ? body.documents : body.texts;
  const { ranked, counts } = await rerank(c, deps, { model, caller }, {
    ...body,
    documents,
    truncate: body.truncate ?? false,
    options: readOptions(model.parameters),
  });
  if (!isJina) {
    const wanted = body.return_text ? { documents } : {};
    return json(toTextResults({ ranked, ...wanted }));
  }
  const id = `rerank-${caller.id}`;
  const wanted = body.return_documents ? { documents } : {};
  const answer = { id, model: written, ranked, counts, ...wanted };
  return json(toRerankList(answer), 200, { "X-Request-Id": id });
}

async function rerankOllama(c: Context, deps: AppDeps): Promise<Response> {
  const arrivedAt = performance.now();
  const body = await readChecked(c.req.raw, OllamaRerankRequest);
  const keepAliveMs = readKeepAlive(body.keep_alive);
  const model = await findModel(deps.registry, body.model, {
    unnamed: modelRequired(),
    unknown: notFoundTryPulling,
  });
  requireRerank(model, body.model);
  const { ranked, counts, loadNs } = await rerank(
    c,
    deps,
    { model, caller: callerOf(c), ...keepAliveField(keepAliveMs) },
    {
      ...body,
      truncate: body.truncate ?? true,
      options: mergeOptions(deps, model, body.options ?? {}),
    },
  );
  const wanted = body.return_documents === false
    ? {}
    : { documents: body.documents };
  return json({
    model: body.model,
    results: toOllamaResults({ ranked, ...wanted }),
    ...withoutZeros({
      total_duration: nanosecondsSince(arrivedAt),
      load_duration: Math.max(Math.round(loadNs), 1),
      prompt_eval_count: counts.cached + counts.computed,
    }),
  });
}

/** All routes that rerank. */
export function rerankRoutes(deps: AppDeps): Hono {
  const [ollama, ...others] = RERANK_ENDPOINTS;
  return new Hono()
    .post(ollama, (c) => rerankOllama(c, deps))
    .on("POST", others, (c) => rerankList(c, deps));
}
