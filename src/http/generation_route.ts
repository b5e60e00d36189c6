/**
 * What generate and chat have in common: find the model, check, load or
 * unload, generate, respond.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { AnswerFormat } from "../generation.ts";
import type { OllamaOptions } from "../model_options.ts";
import type { Capability, ResolvedModel } from "../models/model.ts";
import { readKeepAlive } from "../protocol/keep_alive.ts";
import {
  type Content,
  toChunks,
  toDebugChunk,
  toStateChunk,
} from "../protocol/ollama.ts";
import {
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import {
  readFormat,
  readLogprobs,
  readThink,
} from "../protocol/ollama_request.ts";
import type { GenerationBody } from "../protocol/ollama_types.ts";
import type { GenerationRequest, Prompt } from "../runtime/inference.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import {
  decideThinking,
  findModel,
  type MissingWords,
  requireCapabilities,
  requireCompletion,
} from "./model_lookup.ts";
import { streamNdjson } from "./ndjson.ts";
import { json, lastAsJson, workFor } from "./respond.ts";

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
  readonly part: (content: Content) => Part;
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

/** What has to be read before the model is known. */
interface Asked {
  readonly think: boolean | string | undefined;
  readonly keepAliveMs: number | undefined;
  readonly logprobs: number | undefined;
  readonly format: AnswerFormat | undefined;
}

function readAsked(body: GenerationBody): Asked {
  return {
    logprobs: readLogprobs(body),
    format: readFormat(body.format),
    think: readThink(body.think),
    keepAliveMs: readKeepAlive(body.keep_alive),
  };
}

/** Checks that the model can do it, and says what it shall do. */
function toRequest<Part>(
  c: Context,
  deps: AppDeps,
  task: GenerationTask<Part>,
  model: ResolvedModel,
  asked: Asked,
): GenerationRequest {
  const { body, name } = task;
  requireCompletion(model, body.model, name);
  const think = decideThinking(model, body.model, asked.think);
  requireCapabilities(model, task.needs);
  const options = mergeOptions(deps, model, body.options);
  return {
    model,
    caller: callerOf(c),
    prompt: task.prompt(model, think),
    sampling: toSampling(options),
    limits: toLimits(options, body),
    runner: toRunner(options),
    ...keepAliveField(asked.keepAliveMs),
    ...(asked.format === undefined ? {} : { format: asked.format }),
    ...(asked.logprobs === undefined ? {} : { logprobs: asked.logprobs }),
    wantContext: task.wantContext,
  };
}

/** Answers a generate or chat request. */
export async function answerGeneration<Part>(
  c: Context,
  deps: AppDeps,
  task: GenerationTask<Part>,
  arrivedAt: number,
): Promise<Response> {
  const { body, isEmpty } = task;
  const { inference } = deps;
  const asked = readAsked(body);
  const model = await findModel(deps.registry, body.model, task.words);
  const answer = { model: body.model, arrivedAt, part: task.part };
  if (isEmpty && asked.keepAliveMs === 0) {
    await inference.unload(model);
    return json(toStateChunk(answer, "unload"));
  }
  const request = toRequest(c, deps, task, model, asked);
  const work = workFor(c.req.raw);
  if (isEmpty) {
    await inference.load(request, work.signal);
    return json(toStateChunk(answer, "load"));
  }
  if (body._debug_render_only) {
    return json(
      toDebugChunk(answer, await inference.render(request, work.signal)),
    );
  }
  const events = inference.generate(request, work.signal);
  const chunks = toChunks(events, answer, body.stream);
  return body.stream
    ? await streamNdjson(chunks, work, deps.log)
    : await lastAsJson(chunks);
}
