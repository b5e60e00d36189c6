/**
 * What OpenAI's routes that generate have in common: find the model, check,
 * generate every choice, respond.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { AnswerEvent } from "../generation.ts";
import type { ResolvedModel } from "../models/model.ts";
import type { AnswerHead, ChoiceEvent } from "../protocol/openai_choice.ts";
import type {
  FormatBody,
  GenerationBody,
  SamplingBody,
} from "../protocol/openai_types.ts";
import { toEnd, toLogitBias, toOptions } from "../protocol/openai_request.ts";
import {
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import type { GenerationRequest, Prompt } from "../runtime/inference.ts";
import { mergeSources } from "./choices.ts";
import { callerFor, callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { findModel, modelRequired, notFound } from "./model_lookup.ts";
import { json, type Work, workFor } from "./respond.ts";
import { DONE, errorEvent, streamSse, toSse } from "./sse.ts";

/** The model of a request to any of OpenAI's routes. */
export function findOpenAiModel(
  deps: AppDeps,
  name: string,
): Promise<ResolvedModel> {
  return findModel(deps.registry, name, {
    unnamed: modelRequired(),
    unknown: notFound,
  });
}

/** A request, but for its prompt. */
export type PromptlessRequest = Omit<GenerationRequest, "prompt">;

/** What a body asks of its model, whatever the prompt. */
export function toPromptless(
  c: Context,
  body: SamplingBody & FormatBody,
  maxTokens: number | null | undefined,
  model: ResolvedModel,
): PromptlessRequest {
  const options = toOptions(body, maxTokens, readOptions(model.parameters));
  return {
    model,
    caller: callerFor(c, body.safety_identifier ?? body.user),
    sampling: {
      ...toSampling(options),
      ...toLogitBias(body),
      ...toEnd(body),
    },
    // A conversation that does not fit is an error here, as at OpenAI's.
    limits: toLimits(options, { truncate: false, shift: false }),
    runner: toRunner(options),
    wantContext: false,
  };
}

/** Requests of `n` choices a prompt; a seed gives each choice its own. */
export function toRequests(
  request: PromptlessRequest,
  prompts: readonly Prompt[],
  n: number,
): GenerationRequest[] {
  const { seed } = request.sampling;
  return prompts.flatMap((prompt) =>
    Array.from({ length: n }, (_, index) => ({
      ...request,
      prompt,
      sampling: seed === undefined
        ? request.sampling
        : { ...request.sampling, seed: seed + index },
    }))
  );
}

/** Runs all generations of a request. */
export function generateAll(
  deps: AppDeps,
  requests: readonly GenerationRequest[],
  work: Work,
): AsyncGenerator<ChoiceEvent, void> {
  const generate = (
    request: GenerationRequest,
  ): AsyncGenerator<AnswerEvent, void> =>
    deps.inference.generate(request, work.signal);
  return mergeSources(requests.map(generate));
}

/** How a route writes its answer. */
export interface AnswerWriter {
  /** Begins the answer's id. */
  readonly prefix: string;
  whole(
    head: AnswerHead,
    events: AsyncIterable<ChoiceEvent>,
  ): Promise<unknown>;
  chunks(
    head: AnswerHead,
    events: AsyncIterable<ChoiceEvent>,
  ): AsyncGenerator<unknown, void>;
}

/** Generates and answers, streamed or not. */
export async function answerOpenAi(
  c: Context,
  deps: AppDeps,
  body: GenerationBody,
  requests: readonly GenerationRequest[],
  writer: AnswerWriter,
): Promise<Response> {
  const head = {
    id: `${writer.prefix}-${callerOf(c).id}`,
    created: Math.floor(Date.now() / 1000),
    model: body.model,
  };
  const work = workFor(c.req.raw);
  const events = generateAll(deps, requests, work);
  const response = body.stream
    ? await streamSse(
      toSse(writer.chunks(head, events), DONE),
      work,
      deps.log,
      errorEvent("openai"),
    )
    : json(await writer.whole(head, events));
  response.headers.set("X-Request-Id", head.id);
  return response;
}
