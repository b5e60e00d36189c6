/**
 * `POST /v1/messages` and `POST /v1/messages/count_tokens`.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import type { Caller } from "../generation.ts";
import type { Capability, ResolvedModel } from "../models/model.ts";
import {
  toMessageEvents,
  toWholeMessage,
} from "../protocol/anthropic_answer.ts";
import { toTurns } from "../protocol/anthropic_messages.ts";
import {
  maxCalls,
  toFormat,
  toOptions,
  toThink,
  toThinkingTokens,
  toToolUse,
} from "../protocol/anthropic_request.ts";
import {
  CountTokensRequest,
  MessagesRequest,
} from "../protocol/anthropic_types.ts";
import type { OllamaOptions } from "../model_options.ts";
import {
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import { chatTurns } from "../protocol/ollama_request.ts";
import type { GenerationRequest, Prompt } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import { callerFor, callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import {
  findModel,
  modelRequired,
  notFound,
  requireCapabilities,
  requireCompletion,
} from "./model_lookup.ts";
import { json, workFor } from "./respond.ts";
import { errorEvent, streamSse } from "./sse.ts";

async function modelFor(
  deps: AppDeps,
  name: string,
): Promise<ResolvedModel> {
  const model = await findModel(deps.registry, name, {
    unnamed: modelRequired(),
    unknown: notFound,
  });
  requireCompletion(model, name, "chat");
  return model;
}

function toPrompt(body: CountTokensRequest, model: ResolvedModel): Prompt {
  const turns = toTurns(body);
  const toolUse = toToolUse(body);
  const needs: Capability[] = [
    ...(toolUse.tools === undefined ? [] : ["tools" as const]),
    ...(turns.some(({ images }) => images) ? ["vision" as const] : []),
  ];
  requireCapabilities(model, needs);
  // A model that cannot think just answers.
  const thinks = model.capabilities.includes("thinking");
  return {
    type: "chat",
    messages: chatTurns(turns, model),
    ...toolUse,
    ...(thinks ? { think: toThink(body), ...toThinkingTokens(body) } : {}),
  };
}

function toRequest(
  caller: Caller,
  body: CountTokensRequest,
  model: ResolvedModel,
  options: OllamaOptions,
): GenerationRequest {
  return {
    model,
    caller,
    prompt: toPrompt(body, model),
    sampling: toSampling(options),
    // A conversation that does not fit is an error here, as at Anthropic's.
    limits: toLimits(options, { truncate: false, shift: false }),
    runner: toRunner(options),
    wantContext: false,
    ...toFormat(body),
  };
}

async function messages(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, MessagesRequest);
  const model = await modelFor(deps, body.model);
  const options = toOptions(body, readOptions(model.parameters));
  const caller = callerFor(c, body.metadata?.user_id);
  const request = toRequest(caller, body, model, options);
  const head = {
    id: `msg_${request.caller.id}`,
    model: body.model,
    maxTokens: body.max_tokens,
    stopSequences: body.stop_sequences ?? [],
    maxCalls: maxCalls(body),
  };
  const work = workFor(c.req.raw);
  const events = deps.inference.generate(request, work.signal);
  const response = body.stream
    ? await streamSse(
      toMessageEvents(head, events),
      work,
      deps.log,
      errorEvent("anthropic"),
    )
    : json(await toWholeMessage(head, events));
  response.headers.set("X-Request-Id", head.id);
  return response;
}

async function countTokens(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, CountTokensRequest);
  const model = await modelFor(deps, body.model);
  const options = readOptions(model.parameters);
  const request = toRequest(callerOf(c), body, model, options);
  const { signal } = workFor(c.req.raw);
  return json({ input_tokens: await deps.inference.count(request, signal) });
}

/** Routes below `/v1/messages`. */
export function anthropicRoutes(deps: AppDeps): Hono {
  return new Hono()
    .post("/", (c) => messages(c, deps))
    .post("/count_tokens", (c) => countTokens(c, deps));
}
