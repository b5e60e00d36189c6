/**
 * llama-server's own `POST /completion` and `POST /infill`.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { LogitBias } from "../generation.ts";
import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import {
  beforeGap,
  type LlamaHead,
  type PromptParts,
  toLlamaChunks,
  toLlamaCompletion,
  toLlamaOptions,
  toPrompts,
} from "../protocol/llama_completion.ts";
import {
  LlamaCompletionRequest,
  type LlamaGeneration,
  LlamaInfillRequest,
} from "../protocol/llama_types.ts";
import {
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../protocol/ollama_options.ts";
import { gatherChoices } from "../protocol/openai_choice.ts";
import { toEnd, toFormat } from "../protocol/openai_request.ts";
import type { GenerationRequest, Prompt } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { meantModel } from "./meant_model.ts";
import { requireCapabilities, requireCompletion } from "./model_lookup.ts";
import { generateAll } from "./openai_generation.ts";
import { json, workFor } from "./respond.ts";
import { errorEvent, streamSse, toSse } from "./sse.ts";
import { tokenWork } from "./token_routes.ts";

/** Biases by token; a text stands for all of its tokens. */
async function toLogitBias(
  c: Context,
  deps: AppDeps,
  model: ResolvedModel,
  { logit_bias }: LlamaGeneration,
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
  body: LlamaGeneration,
  model: ResolvedModel,
): Promise<Omit<GenerationRequest, "prompt">> {
  const options = toLlamaOptions(body, readOptions(model.parameters));
  const { n_probs, return_tokens } = body;
  return {
    model,
    caller: callerOf(c),
    sampling: {
      ...toSampling(options),
      ...await toLogitBias(c, deps, model, body),
      ...toEnd(body),
    },
    // A prompt that does not fit is an error here, as at llama-server's.
    limits: toLimits(options, { truncate: false, shift: false }),
    runner: toRunner(options),
    ...toFormat(body),
    ...(n_probs ? { logprobs: n_probs } : {}),
    wantContext: return_tokens ?? false,
  };
}

function textOf(parts: PromptParts): string {
  return parts.filter((part) => typeof part === "string").join("");
}

/** What is asked, and how the answer begins and repeats it. */
interface Asked {
  readonly body: LlamaGeneration;
  readonly model: ResolvedModel;
  readonly prompts: readonly Prompt[];
  /** The prompts as text. */
  readonly texts: readonly string[];
  /** Whether the answer is a list. */
  readonly isList: boolean;
}

async function answer(
  c: Context,
  deps: AppDeps,
  { body, model, prompts, texts, isList }: Asked,
): Promise<Response> {
  const request = await toPromptless(c, deps, body, model);
  const requests = prompts.map((prompt): GenerationRequest => ({
    ...request,
    prompt,
  }));
  const head: LlamaHead = {
    model: displayName(model.name),
    sampling: request.sampling,
    maxTokens: request.limits.maxTokens ?? -1,
    stop: request.limits.stop,
    prompts: texts,
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

/** Goes on with texts. */
export async function llamaCompletion(
  c: Context,
  deps: AppDeps,
): Promise<Response> {
  const body = await readChecked(c.req.raw, LlamaCompletionRequest);
  const model = await meantModel(deps, body.model);
  requireCompletion(model, displayName(model.name), "generate");
  const { prompts, isList } = toPrompts(body.prompt);
  return await answer(c, deps, {
    body,
    model,
    prompts: prompts.map((parts) => ({ type: "raw", parts })),
    texts: prompts.map(textOf),
    isList,
  });
}

/** Fills a gap, with a model that has learned to. */
export async function llamaInfill(
  c: Context,
  deps: AppDeps,
): Promise<Response> {
  const body = await readChecked(c.req.raw, LlamaInfillRequest);
  const model = await meantModel(deps, body.model);
  requireCapabilities(model, ["insert"]);
  const content = beforeGap(body);
  const messages = [{ role: "user", content }];
  return await answer(c, deps, {
    body,
    model,
    prompts: [{ type: "chat", messages, suffix: body.input_suffix }],
    texts: [content],
    isList: false,
  });
}
