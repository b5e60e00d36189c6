/**
 * `POST /api/generate` and `POST /api/chat`.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { ServerError } from "../errors.ts";
import type { Capability, ResolvedModel } from "../models/model.ts";
import { chatPart, generatePart } from "../protocol/ollama.ts";
import {
  chatTurns,
  generateTurns,
  toChatMessage,
} from "../protocol/ollama_request.ts";
import { ChatRequest, GenerateRequest } from "../protocol/ollama_types.ts";
import type { Prompt } from "../runtime/inference.ts";
import { readStruct } from "./body.ts";
import type { AppDeps } from "./deps.ts";
import { answerGeneration } from "./generation_route.ts";
import { modelRequired, notFound, unnamedNotFound } from "./model_lookup.ts";

function checkRaw({ raw, template, system, context }: GenerateRequest): void {
  if (raw && (template !== "" || system !== "" || context.length > 0)) {
    throw new ServerError(
      "bad_request",
      "raw mode does not support template, system, or context",
    );
  }
}

function generatePrompt(
  body: GenerateRequest,
  model: ResolvedModel,
  think: boolean | string | undefined,
): Prompt {
  if (body.raw) {
    return { type: "raw", parts: [body.prompt] };
  }
  return {
    type: "chat",
    messages: generateTurns(body, model),
    ...(body.context.length === 0 ? {} : { prefix: body.context }),
    ...(think === undefined ? {} : { think }),
    ...(body.suffix === "" ? {} : { suffix: body.suffix }),
    ...(body.template === "" ? {} : { template: body.template }),
  };
}

function hasImages(body: ChatRequest): boolean {
  return body.messages.some(({ images = [] }) => images.length > 0);
}

function chatPrompt(
  body: ChatRequest,
  model: ResolvedModel,
  think: boolean | string | undefined,
): Prompt {
  return {
    type: "chat",
    messages: chatTurns(body.messages.map(toChatMessage), model),
    ...(body.tools.length === 0 ? {} : { tools: body.tools }),
    ...(think === undefined ? {} : { think }),
  };
}

/** The capabilities whose condition holds. */
function needed(
  conditions: Partial<Record<Capability, boolean>>,
): Capability[] {
  return (Object.keys(conditions) as Capability[])
    .filter((each) => conditions[each]);
}

async function generate(c: Context, deps: AppDeps): Promise<Response> {
  const arrivedAt = performance.now();
  const body = await readStruct(
    c.req.raw,
    GenerateRequest,
    "GenerateRequest",
  );
  checkRaw(body);
  return await answerGeneration(c, deps, {
    name: "generate",
    body,
    words: { unnamed: unnamedNotFound(), unknown: notFound },
    isEmpty: body.prompt === "",
    needs: needed({
      insert: body.suffix !== "",
      vision: body.images.length > 0,
    }),
    wantContext: !body.raw,
    part: generatePart,
    prompt: (model, think) => generatePrompt(body, model, think),
  }, arrivedAt);
}

async function chat(c: Context, deps: AppDeps): Promise<Response> {
  const arrivedAt = performance.now();
  const body = await readStruct(c.req.raw, ChatRequest, "ChatRequest");
  return await answerGeneration(c, deps, {
    name: "chat",
    body,
    words: { unnamed: modelRequired(), unknown: notFound },
    isEmpty: body.messages.length === 0,
    needs: needed({ tools: body.tools.length > 0, vision: hasImages(body) }),
    wantContext: false,
    part: chatPart,
    prompt: (model, think) => chatPrompt(body, model, think),
  }, arrivedAt);
}

/** Routes that answer a prompt. */
export function ollamaRoutes(deps: AppDeps): Hono {
  return new Hono()
    .post("/generate", (c) => generate(c, deps))
    .post("/chat", (c) => chat(c, deps));
}
