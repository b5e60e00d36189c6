/**
 * `POST /v1/responses` and `POST /v1/responses/input_tokens`.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import { ServerError } from "../errors.ts";
import type { ResolvedModel } from "../models/model.ts";
import { type ResponseHead, toSettings } from "../protocol/openai_response.ts";
import {
  type ResponseEvent,
  ResponseEvents,
  wholeResponse,
} from "../protocol/openai_response_events.ts";
import {
  type KeptItem,
  toKeptItem,
} from "../protocol/openai_response_items.ts";
import {
  toFormat,
  toLogprobs,
  toToolUse,
  toWishes,
} from "../protocol/openai_response_request.ts";
import {
  toTurns,
  withInstructions,
} from "../protocol/openai_response_turns.ts";
import { ResponseRequest } from "../protocol/openai_response_types.ts";
import type { GenerationRequest } from "../runtime/inference.ts";
import { readChecked } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { requireCompletion } from "./model_lookup.ts";
import { conversationRequest } from "./openai_conversation.ts";
import { findOpenAiModel } from "./openai_generation.ts";
import { json, workFor } from "./respond.ts";
import {
  conversationOf,
  type KeptResponse,
  type ResponseStore,
} from "./response_store.ts";
import { streamSse } from "./sse.ts";

/** A request and the conversation it goes on with. */
interface Asked {
  readonly body: ResponseRequest;
  readonly model: ResolvedModel;
  /** Items of the response before. */
  readonly earlier: readonly KeptItem[];
  readonly input: readonly KeptItem[];
}

function previousItems(
  key: string,
  { previous_response_id: id }: ResponseRequest,
  store: ResponseStore,
): readonly KeptItem[] {
  if (!id) {
    return [];
  }
  const kept = store.find(key, id);
  if (kept === undefined) {
    throw new ServerError(
      "bad_request",
      `Previous response with id '${id}' not found.`,
      { param: "previous_response_id", code: "previous_response_not_found" },
    );
  }
  return conversationOf(kept);
}

/** The request's own items, references replaced by what they name. */
function ownItems(
  key: string,
  { input }: ResponseRequest,
  store: ResponseStore,
): KeptItem[] {
  const written = typeof input === "string"
    ? [{ type: "message" as const, role: "user" as const, content: input }]
    : input ?? [];
  const ids = written.flatMap((item) =>
    item.type === "item_reference" ? [item.id] : []
  );
  const known = store.items(key, new Set(ids));
  return written.map((item, index) => {
    if (item.type !== "item_reference") {
      return toKeptItem(item);
    }
    const found = known.get(item.id);
    if (found === undefined) {
      throw new ServerError(
        "not_found",
        `Item with id '${item.id}' not found. Items of responses are kept for ` +
          "a while unless 'store' is false; send the item itself.",
        { param: `input[${index}]` },
      );
    }
    return found;
  });
}

async function readAsked(
  c: Context,
  deps: AppDeps,
  store: ResponseStore,
): Promise<Asked> {
  const body = await readChecked(c.req.raw, ResponseRequest);
  const model = await findOpenAiModel(deps, body.model);
  requireCompletion(model, body.model, "chat");
  const { key } = callerOf(c);
  const earlier = previousItems(key, body, store);
  const input = ownItems(key, body, store);
  if (earlier.length + input.length === 0) {
    throw new ServerError(
      "bad_request",
      "'input' must have an item at least.",
      {
        param: "input",
      },
    );
  }
  return { body, model, earlier, input };
}

function toRequest(
  c: Context,
  { body, model, earlier, input }: Asked,
): GenerationRequest {
  const turns = toTurns([...earlier, ...input], earlier.length);
  const { limits, ...request } = conversationRequest(c, body, model, {
    turns: withInstructions(body.instructions, turns),
    toolUse: toToolUse(body),
    maxTokens: body.max_output_tokens,
  });
  return {
    ...request,
    limits: { ...limits, truncate: body.truncation === "auto" },
    ...toFormat(body),
    ...toLogprobs(body),
  };
}

/** Keeps the response, if it may, before its client hears that it is there. */
async function* keeping(
  events: AsyncIterable<ResponseEvent>,
  store: ResponseStore,
  kept: Omit<KeptResponse, "response">,
): AsyncGenerator<ResponseEvent, void> {
  for await (const event of events) {
    const { response } = event.data;
    if (response?.store && response.usage !== null) {
      store.keep({ ...kept, response });
    }
    yield event;
  }
}

/** What is known of a response before its model is asked. */
function toHead(
  { caller, sampling }: GenerationRequest,
  body: ResponseRequest,
): ResponseHead {
  return {
    id: `resp_${caller.id}`,
    created: Math.floor(Date.now() / 1000),
    settings: toSettings(body, sampling),
  };
}

/** Answers a conversation. */
export async function createResponse(
  c: Context,
  deps: AppDeps,
  store: ResponseStore,
): Promise<Response> {
  const asked = await readAsked(c, deps, store);
  const { body, earlier, input } = asked;
  const request = toRequest(c, asked);
  const head = toHead(request, body);
  const writer = new ResponseEvents(head, toWishes(body));
  const work = workFor(c.req.raw);
  const answer = deps.inference.generate(request, work.signal);
  const events = keeping(writer.of(answer), store, {
    key: request.caller.key,
    input: [...earlier, ...input],
  });
  const response = body.stream
    ? await streamSse(events, work, deps.log, (error) => writer.error(error))
    : json(await wholeResponse(events));
  response.headers.set("X-Request-Id", head.id);
  return response;
}

/** Counts the tokens that a response would begin with. */
export async function countResponseTokens(
  c: Context,
  deps: AppDeps,
  store: ResponseStore,
): Promise<Response> {
  const request = toRequest(c, await readAsked(c, deps, store));
  const { signal } = workFor(c.req.raw);
  return json({
    object: "response.input_tokens",
    input_tokens: await deps.inference.count(request, signal),
  });
}
