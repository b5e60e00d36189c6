/**
 * A request's prompt as an engine takes it, with what is needed to read the
 * answer to it.
 *
 * @module
 */

import type { ChatMessage, ThinkingLimit } from "../generation.ts";
import type { PromptPart } from "../messages.ts";
import type { ResolvedModel } from "../models/model.ts";
import { answerParser, isHarmony } from "../prompt/answer_parser.ts";
import type { AnswerParser } from "../prompt/answer_piece.ts";
import {
  answerMarker,
  beginThinking,
  continuesThinking,
} from "../prompt/answer_start.ts";
import { renderChat, type TemplateSource } from "../prompt/chat_template.ts";
import { ForcedCallParser } from "../prompt/forced_call.ts";
import { opensThinking } from "../prompt/thinking.ts";
import { thinkingTags } from "../prompt/thinking_tags.ts";
import { mustCall } from "./answer_schema.ts";
import type { EngineClient } from "./engine_client.ts";
import type { ChatPrompt, GenerationRequest } from "./generation_request.ts";
import { fitPrompt, type FittedPrompt } from "./prompt_fitting.ts";
import { tokenize } from "./tokens.ts";

/** A prompt for an engine. */
export interface RenderedPrompt extends FittedPrompt {
  /** Tells the answer's parts apart; absent: all of it is text. */
  readonly parser?: AnswerParser;
  /** Text after which the answer is held to a schema; absent: at once. */
  readonly schemaAfter?: string;
  readonly thinking?: ThinkingLimit;
}

function sourceOf(model: ResolvedModel, template?: string): TemplateSource {
  const go = template ??
    (model.prefersOwnTemplate ? undefined : model.template);
  const jinja = model.metadata.chatTemplate;
  return {
    ...(go === undefined ? {} : { go }),
    ...(jinja === undefined ? {} : { jinja }),
  };
}

function toolsOf({ tools = [], toolChoice }: ChatPrompt): readonly unknown[] {
  return toolChoice === "none" ? [] : tools;
}

/** gpt-oss knows no more than `high`. */
function thinkOf(
  { think }: ChatPrompt,
  source: TemplateSource,
): { think?: boolean | string } {
  if (think === undefined) {
    return {};
  }
  return { think: think === "max" && isHarmony(source) ? "high" : think };
}

function thinks({ think }: ChatPrompt): boolean {
  return think !== undefined && think !== false;
}

/** Renders turns, with thinking begun when a schema is to hold after it. */
function renderer(
  prompt: ChatPrompt,
  source: TemplateSource,
  engine: EngineClient,
  hasSchema: boolean,
): (messages: readonly ChatMessage[]) => string {
  const { bosText, eosText } = engine.info;
  const { suffix, variables } = prompt;
  const tools = toolsOf(prompt);
  const input = {
    ...(tools.length === 0 ? {} : { tools }),
    ...(suffix === undefined ? {} : { suffix }),
    ...(variables === undefined ? {} : { variables }),
    ...thinkOf(prompt, source),
    bosText,
    eosText,
  };
  const begins = hasSchema && thinks(prompt) && !isHarmony(source) &&
    prompt.messages.at(-1)?.role !== "assistant";
  return (messages) => {
    const text = renderChat(source, { ...input, messages });
    return begins ? beginThinking(source, text) : text;
  };
}

function parserOf(
  prompt: ChatPrompt,
  source: TemplateSource,
  text: string,
): AnswerParser | undefined {
  const forced = mustCall(prompt);
  const parser = answerParser({
    source,
    prompt: text,
    tools: forced ? [] : toolsOf(prompt),
    splitThinking: thinks(prompt) || continuesThinking(source, text),
  });
  return forced ? new ForcedCallParser(parser) : parser;
}

/** Bounds the thinking that tags tell; gpt-oss has a channel for it. */
function thinkingLimit(
  prompt: ChatPrompt,
  source: TemplateSource,
  text: string,
): ThinkingLimit | undefined {
  const { thinkingTokens } = prompt;
  const tags = isHarmony(source) ? undefined : thinkingTags(source);
  if (thinkingTokens === undefined || tags === undefined || !thinks(prompt)) {
    return undefined;
  }
  const open = opensThinking(text, tags) ? "" : tags.open;
  return { tokens: thinkingTokens, open, close: tags.close };
}

/** Renders a chat and makes it fit. */
async function renderPrompt(
  request: GenerationRequest,
  prompt: ChatPrompt,
  engine: EngineClient,
  limit: number,
): Promise<RenderedPrompt> {
  const source = sourceOf(request.model, prompt.template);
  const hasSchema = request.format !== undefined || mustCall(prompt);
  const prefix = prompt.prefix ?? [];
  const fitted = await fitPrompt({
    messages: prompt.messages,
    render: renderer(prompt, source, engine, hasSchema),
    tokenize: (text) => tokenize(engine, text, true),
    limit: limit - prefix.length,
    truncate: request.limits.truncate,
  });
  const { text } = fitted;
  const parser = parserOf(prompt, source, text);
  const schemaAfter = hasSchema ? answerMarker(source, text) : undefined;
  const thinking = thinkingLimit(prompt, source, text);
  return {
    ...fitted,
    parts: prefix.length === 0 ? fitted.parts : [prefix, ...fitted.parts],
    ...(parser === undefined ? {} : { parser }),
    ...(schemaAfter === undefined ? {} : { schemaAfter }),
    ...(thinking === undefined ? {} : { thinking }),
  };
}

function textOf(parts: readonly PromptPart[]): string {
  return parts.filter((part) => typeof part === "string").join("");
}

/** The prompt of a request, of `limit` tokens at most. Throws `ServerError`. */
export async function promptOf(
  request: GenerationRequest,
  engine: EngineClient,
  limit = engine.info.contextLength,
): Promise<RenderedPrompt> {
  const { prompt } = request;
  return prompt.type === "chat"
    ? await renderPrompt(request, prompt, engine, limit)
    : { parts: prompt.parts, text: textOf(prompt.parts) };
}
