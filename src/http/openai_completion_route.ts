/**
 * `POST /v1/completions`.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import { ServerError } from "../errors.ts";
import { gatherChoices } from "../protocol/openai_choice.ts";
import {
  checkCompletion,
  type TextOrTokens,
  toCompletion,
  toCompletionChunks,
  toInputs,
} from "../protocol/openai_completion.ts";
import { toFormat } from "../protocol/openai_request.ts";
import { CompletionRequest } from "../protocol/openai_types.ts";
import type { Prompt } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import type { AppDeps } from "./deps.ts";
import { requireCapabilities, requireCompletion } from "./model_lookup.ts";
import {
  answerOpenAi,
  findOpenAiModel,
  toPromptless,
  toRequests,
} from "./openai_generation.ts";

/** A text to go on with as it is, or a gap to fill. */
function completionPrompt(
  text: TextOrTokens,
  suffix: string | null | undefined,
): Prompt {
  if (!suffix) {
    return { type: "raw", parts: [text] };
  }
  if (typeof text !== "string") {
    throw new ServerError(
      "bad_request",
      "'suffix' needs a prompt of text.",
      { param: "suffix" },
    );
  }
  return {
    type: "chat",
    messages: [{ role: "user", content: text }],
    suffix,
  };
}

/** What is echoed of a prompt. */
function echoOf(
  text: TextOrTokens,
  echo: boolean | null | undefined,
): string {
  if (echo && typeof text !== "string") {
    throw new ServerError(
      "bad_request",
      "'echo' needs a prompt of text.",
      { param: "echo" },
    );
  }
  return echo ? String(text) : "";
}

/** Goes on with texts. */
export async function completions(
  c: Context,
  deps: AppDeps,
): Promise<Response> {
  const body = await readChecked(c.req.raw, CompletionRequest);
  checkCompletion(body);
  const model = await findOpenAiModel(deps, body.model);
  requireCompletion(model, body.model, "generate");
  requireCapabilities(model, body.suffix ? ["insert"] : []);
  const n = body.n ?? 1;
  const texts = toInputs(body.prompt);
  const prompts = texts.map((text) => completionPrompt(text, body.suffix));
  const { logprobs } = body;
  const withLogprobs = logprobs !== null && logprobs !== undefined;
  const requests = toRequests(
    {
      ...toPromptless(c, body, body.max_tokens ?? body.n_predict ?? 16, model),
      ...toFormat(body),
      ...(withLogprobs ? { logprobs } : {}),
    },
    prompts,
    n,
  );
  const echoes = texts.flatMap((text) =>
    new Array<string>(n).fill(echoOf(text, body.echo))
  );
  const wishes = {
    echoes,
    logprobs: withLogprobs,
    usage: body.stream_options?.include_usage ?? false,
  };
  return await answerOpenAi(c, deps, body, requests, {
    prefix: "cmpl",
    whole: async (head, events) =>
      toCompletion(head, await gatherChoices(events, requests.length), wishes),
    chunks: (head, events) => toCompletionChunks(head, events, wishes),
  });
}
