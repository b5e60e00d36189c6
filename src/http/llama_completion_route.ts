/**
 * llama-server's own `POST /completion`.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { LogitBias } from "../generation.ts";
import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import {
  type LlamaHead,
  type PromptParts,
  toLlamaChunks,
  toLlamaCompletion,
  toLlamaOptions,
  toPrompts,
} from "../protocol/llama_completion.ts";
import { LlamaCompletionRequest } from "../protocol/llama_types.ts";
import {
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import { gatherChoices } from "../protocol/openai_choice.ts";
import type { GenerationRequest } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { meantModel } from "./meant_model.ts";
import { requireCompletion } from "./model_lookup.ts";
import { generateAll } from "./openai_generation.ts";
import { json, workFor } from "./respond.ts";
import { errorEvent, streamSse, toSse } from "./sse.ts";
import { tokenWork } from "./token_routes.ts";

/** Biases by token; a text stands for all of its tokens. */
async function toLogitBias(
  c: Context,
  deps: AppDeps,
  model: ResolvedModel,
  { logit_bias }: LlamaCompletionRequest,
): Promise<{ logitBias?: LogitBias[] }> {
  const written = Array.isArray(logit_bias)
    ? logit_bias
    : Object.entries(logit_bias ?? {});
  const { signal } = workFor(c.req.raw);
  const work = tokenWork(c, model);
  const biases = await Promise.all(written.map(async ([key, value]) => {
    const tokens = typeof key === "number" || /^\d+$/.test(key)
      ? [Number(key)]
      : await deps.inference.tokenize(work, key, false, signal);
    const bias = value === false ? -100 : value;
    return tokens.map((token) => ({ token, bias }));
  }));
  const logitBias = biases.flat();
  return logitBias.length === 0 ? {} : { logitBias };
}

/** What all prompts of a body have in common. */
async function toPromptless(
  c: Context,
  deps: AppDeps,
  body: LlamaCompletionRequest,
  model: ResolvedModel,
): Promise<Omit<GenerationRequest, "prompt">> {
  const options = toLlamaOptions(body, readOptions(model.parameters));
  const { json_schema, n_probs, return_tokens } = body;
  return {
    model,
    caller: callerOf(c),
    sampling: {
      ...toSampling(options),
      ...await toLogitBias(c, deps, model, body),
    },
    // A prompt that does not fit is an error here, as at llama-server's.
    limits: toLimits(options, { truncate: false, shift: false }),
    runner: toRunner(options),
    ...(json_schema
      ? { format: { type: "schema" as const, schema: json_schema } }
      : {}),
    ...(n_probs ? { logprobs: n_probs } : {}),
    wantContext: return_tokens ?? false,
  };
}

function textOf(parts: PromptParts): string {
  return parts.filter((part) => typeof part === "string").join("");
}

/** Goes on with texts. */
export async function llamaCompletion(
  c: Context,
  deps: AppDeps,
): Promise<Response> {
  const body = await readChecked(c.req.raw, LlamaCompletionRequest);
  const model = await meantModel(deps, body.model);
  requireCompletion(model, displayName(model.name), "generate");
  const { prompts, isList } = toPrompts(body.prompt);
  const request = await toPromptless(c, deps, body, model);
  const requests = prompts.map((parts): GenerationRequest => ({
    ...request,
    prompt: { type: "raw", parts },
  }));
  const head: LlamaHead = {
    model: displayName(model.name),
    sampling: request.sampling,
    maxTokens: request.limits.maxTokens ?? -1,
    stop: request.limits.stop,
    prompts: prompts.map(textOf),
    body,
  };
  const work = workFor(c.req.raw);
  const events = generateAll(deps, requests, work);
  if (body.stream) {
    const parts = toSse(toLlamaChunks(head, events));
    return await streamSse(parts, work, deps.log, errorEvent("llama-server"));
  }
  const answers = (await gatherChoices(events, requests.length))
    .map((choice, index) => toLlamaCompletion(head, choice, index));
  return json(isList ? answers : answers[0]);
}
