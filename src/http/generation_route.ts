/**
 * What generate and chat have in common: find the model, check, load or
 * unload, generate, respond.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { RunnerOptions } from "../generation.ts";
import type { Capability, ResolvedModel } from "../models/model.ts";
import { readKeepAlive } from "../protocol/keep_alive.ts";
import { type Answer, toChunks, toStateChunk } from "../protocol/ollama.ts";
import {
  type OllamaOptions,
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import { checkGeneration, readThink } from "../protocol/ollama_request.ts";
import type { GenerationBody } from "../protocol/ollama_types.ts";
import type { GenerationRequest, Prompt } from "../runtime/inference.ts";
import type { AppDeps } from "./deps.ts";
import {
  decideThinking,
  findModel,
  type MissingWords,
  requireCapabilities,
  requireCompletion,
} from "./model_lookup.ts";
import { json, lastAsJson, streamNdjson, workFor } from "./respond.ts";

/** A generate or chat request, as far as the two differ. */
export interface GenerationTask<Part> {
  readonly name: "generate" | "chat";
  readonly body: GenerationBody;
  readonly words: MissingWords;
  /** There is nothing to answer: the model is only loaded or unloaded. */
  readonly isEmpty: boolean;
  /** What the model must be able to do beside completing. */
  readonly needs: readonly Capability[];
  readonly wantContext: boolean;
  readonly part: (text: string) => Part;
  readonly prompt: (
    model: ResolvedModel,
    think: boolean | string | undefined,
  ) => Prompt;
}

/** Options of the request over those of the model. */
export function mergeOptions(
  deps: AppDeps,
  model: ResolvedModel,
  options: Readonly<Record<string, unknown>>,
): OllamaOptions {
  const ignored = (option: string) =>
    deps.log.warn("unknown option ignored", { option, model: model.shortName });
  return {
    ...readOptions(model.parameters),
    ...readOptions(options, ignored),
  };
}

/** `keep_alive`, when the request has one. */
export function keepAliveField(
  keepAliveMs: number | undefined,
): { keepAliveMs?: number } {
  return keepAliveMs === undefined ? {} : { keepAliveMs };
}

/** Answers a generate or chat request. */
export async function answerGeneration<Part>(
  c: Context,
  deps: AppDeps,
  task: GenerationTask<Part>,
  arrivedAt: number,
): Promise<Response> {
  const { body } = task;
  checkGeneration(body);
  const think = readThink(body.think);
  const keepAliveMs = readKeepAlive(body.keep_alive);
  const model = await findModel(deps.registry, body.model, task.words);
  const answer = { model: body.model, arrivedAt, part: task.part };
  if (task.isEmpty && keepAliveMs === 0) {
    await deps.inference.unload(model);
    return json(toStateChunk(answer, "unload"));
  }
  requireCompletion(model, body.model, task.name);
  const thinking = decideThinking(model, body.model, think);
  requireCapabilities(model, task.needs);
  const options = mergeOptions(deps, model, body.options);
  const keepAlive = keepAliveField(keepAliveMs);
  const runner = toRunner(options);
  if (task.isEmpty) {
    return await load(c, deps, { model, runner, ...keepAlive }, answer);
  }
  return await generate(
    c,
    deps,
    {
      model,
      endpoint: c.req.path,
      prompt: task.prompt(model, thinking),
      sampling: toSampling(options),
      limits: toLimits(options, body),
      runner,
      ...keepAlive,
      wantContext: task.wantContext,
    },
    answer,
    body.stream,
  );
}

async function load<Part>(
  c: Context,
  { inference }: AppDeps,
  { model, runner, keepAliveMs }: {
    model: ResolvedModel;
    runner: RunnerOptions;
    keepAliveMs?: number;
  },
  answer: Answer<Part>,
): Promise<Response> {
  const work = workFor(c.req.raw);
  await inference.load(model, runner, keepAliveMs, work.signal);
  return json(toStateChunk(answer, "load"));
}

function generate<Part>(
  c: Context,
  deps: AppDeps,
  request: GenerationRequest,
  answer: Answer<Part>,
  stream: boolean,
): Promise<Response> {
  const work = workFor(c.req.raw);
  const events = deps.inference.generate(request, work.signal);
  const chunks = toChunks(events, answer, stream);
  return stream ? streamNdjson(chunks, work, deps.log) : lastAsJson(chunks);
}
