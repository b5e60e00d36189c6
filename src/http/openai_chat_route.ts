/**
 * `POST /v1/chat/completions`.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { ResolvedModel } from "../models/model.ts";
import { toChatChunks, toChatCompletion } from "../protocol/openai_chat.ts";
import { gatherChoices } from "../protocol/openai_choice.ts";
import { toTurns } from "../protocol/openai_messages.ts";
import { toFormat, toLogprobs, toToolUse } from "../protocol/openai_request.ts";
import { ChatCompletionRequest } from "../protocol/openai_types.ts";
import type { GenerationRequest } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import type { AppDeps } from "./deps.ts";
import { requireCompletion } from "./model_lookup.ts";
import { conversationRequest } from "./openai_conversation.ts";
import {
  answerOpenAi,
  findOpenAiModel,
  toRequests,
} from "./openai_generation.ts";
import { json, workFor } from "./respond.ts";

/** What a conversation asks of a model. */
export function chatRequest(
  c: Context,
  body: ChatCompletionRequest,
  model: ResolvedModel,
): GenerationRequest {
  const conversation = {
    turns: toTurns(body.messages),
    toolUse: toToolUse(body),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? body.n_predict,
  };
  return {
    ...conversationRequest(c, body, model, conversation),
    ...toFormat(body),
    ...toLogprobs(body),
  };
}

/** A conversation and the model that is to answer it. */
export interface Chat {
  readonly body: ChatCompletionRequest;
  readonly model: ResolvedModel;
}

/** Reads a conversation; it has to name its model. */
export async function readChat(c: Context, deps: AppDeps): Promise<Chat> {
  const body = await readChecked(c.req.raw, ChatCompletionRequest);
  return { body, model: await findOpenAiModel(deps, body.model) };
}

/** Counts the tokens a conversation would begin with. */
export async function countChatTokens(
  c: Context,
  deps: AppDeps,
  { body, model }: Chat,
): Promise<Response> {
  requireCompletion(model, body.model, "chat");
  const request = chatRequest(c, body, model);
  const { signal } = workFor(c.req.raw);
  return json({ input_tokens: await deps.inference.count(request, signal) });
}

/** Answers a conversation. */
export async function chatCompletions(
  c: Context,
  deps: AppDeps,
  { body, model }: Chat,
): Promise<Response> {
  requireCompletion(model, body.model, "chat");
  const { prompt, ...request } = chatRequest(c, body, model);
  const requests = toRequests(request, [prompt], body.n ?? 1);
  const wishes = {
    logprobs: body.logprobs ?? false,
    usage: body.stream_options?.include_usage ?? false,
    maxCalls: body.parallel_tool_calls === false ? 1 : Infinity,
  };
  return await answerOpenAi(c, deps, body, requests, {
    prefix: "chatcmpl",
    whole: async (head, events) =>
      toChatCompletion(
        head,
        await gatherChoices(events, requests.length),
        wishes,
      ),
    chunks: (head, events) =>
      toChatChunks(head, events, requests.length, wishes),
  });
}
