/**
 * Items of a response that grow: messages and thinking, and the events that
 * tell of them.
 *
 * @module
 */

import type { TokenLogprob } from "../generation.ts";
import type { ResponseObject } from "./openai_response.ts";
import { chatLogprobs } from "./openai_choice.ts";
import {
  type ItemStatus,
  messageItem,
  newItemId,
  type OutputItem,
  outputText,
  reasoningItem,
  type ThinkingWishes,
} from "./openai_response_items.ts";

/** An event without its number. */
export interface EventBody {
  readonly type: string;
  readonly response?: ResponseObject;
  readonly [field: string]: unknown;
}

/** What messages, thinking and summaries of it do not have in common. */
export interface DraftShape {
  readonly type: "message" | "reasoning";
  /** Begins the names of the events of its one part. */
  readonly partEvent: string;
  /** Begins the names of the events of its text. */
  readonly textEvent: string;
  /** Field that numbers the part. */
  readonly index: "content_index" | "summary_index";
  /** Whether events of its text have log probabilities. */
  readonly hasLogprobs: boolean;
  part(text: string, logprobs: readonly TokenLogprob[]): unknown;
  /** The item; it has no part yet when `text` is undefined. */
  item(
    id: string,
    status: ItemStatus,
    text?: string,
    logprobs?: readonly TokenLogprob[],
  ): OutputItem;
}

/** A message's shape. */
export const MESSAGE: DraftShape = {
  type: "message",
  partEvent: "response.content_part",
  textEvent: "response.output_text",
  index: "content_index",
  hasLogprobs: true,
  part: outputText,
  item: (id, status, text, logprobs = []) =>
    messageItem(
      id,
      status,
      text === undefined ? [] : [outputText(text, logprobs)],
    ),
};

/** The shape of thinking, or of the summary that is asked for instead. */
export function thinkingShape(wishes: ThinkingWishes): DraftShape {
  const item: DraftShape["item"] = (id, status, text) =>
    reasoningItem(id, status, text, wishes);
  return wishes.summary
    ? {
      type: "reasoning",
      partEvent: "response.reasoning_summary_part",
      textEvent: "response.reasoning_summary_text",
      index: "summary_index",
      hasLogprobs: false,
      part: (text) => ({ type: "summary_text", text }),
      item,
    }
    : {
      type: "reasoning",
      partEvent: "response.content_part",
      textEvent: "response.reasoning_text",
      index: "content_index",
      hasLogprobs: false,
      part: (text) => ({ type: "reasoning_text", text }),
      item,
    };
}

/** An item that is being written. */
export class Draft {
  readonly shape: DraftShape;
  readonly #id: string;
  readonly #outputIndex: number;
  readonly #logprobs: TokenLogprob[] = [];
  #text = "";

  constructor(shape: DraftShape, outputIndex: number) {
    this.shape = shape;
    this.#id = newItemId(shape.type);
    this.#outputIndex = outputIndex;
  }

  *begin(): Generator<EventBody> {
    const { shape } = this;
    const item = shape.item(this.#id, "in_progress");
    yield this.#itemEvent("added", item);
    yield this.#partEvent("added", shape.part("", []));
  }

  /** A piece of text, with the log probabilities since the last one. */
  add(text: string, logprobs: readonly TokenLogprob[]): EventBody {
    this.#text += text;
    this.#logprobs.push(...logprobs);
    return this.#textEvent("delta", { delta: text }, logprobs);
  }

  *end(status: ItemStatus): Generator<EventBody> {
    const text = this.#text;
    yield this.#textEvent("done", { text }, this.#logprobs);
    yield this.#partEvent("done", this.shape.part(text, this.#logprobs));
    yield this.#itemEvent("done", this.item(status));
  }

  /** The item as it stands. */
  item(status: ItemStatus): OutputItem {
    return this.shape.item(this.#id, status, this.#text, this.#logprobs);
  }

  #itemEvent(what: "added" | "done", item: OutputItem) {
    const output_index = this.#outputIndex;
    return { type: `response.output_item.${what}`, output_index, item };
  }

  #partEvent(what: "added" | "done", part: unknown) {
    const type = `${this.shape.partEvent}.${what}`;
    return { type, ...this.#place(), part };
  }

  #textEvent(
    what: "delta" | "done",
    text: object,
    logprobs: readonly TokenLogprob[],
  ) {
    const { textEvent, hasLogprobs } = this.shape;
    return {
      type: `${textEvent}.${what}`,
      ...this.#place(),
      ...text,
      ...(hasLogprobs ? { logprobs: chatLogprobs(logprobs).content } : {}),
    };
  }

  #place() {
    const output_index = this.#outputIndex;
    return { item_id: this.#id, output_index, [this.shape.index]: 0 };
  }
}
