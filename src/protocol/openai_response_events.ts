/**
 * Events that build a response of OpenAI's
 * (https://platform.openai.com/docs/api-reference/responses-streaming). A
 * response that is not streamed is the one in the last event.
 *
 * @module
 */

import type { ServerError } from "../errors.ts";
import type {
  AnswerEvent,
  GenerationDone,
  TextEvent,
  TokenLogprob,
  ToolCall,
} from "../generation.ts";
import { errorBody, toServerError } from "./error_bodies.ts";
import {
  type ResponseHead,
  type ResponseObject,
  type ResponseState,
  toFailure,
  toResponse,
} from "./openai_response.ts";
import {
  Draft,
  type EventBody,
  MESSAGE,
  thinkingShape,
} from "./openai_response_draft.ts";
import {
  callItem,
  type ItemStatus,
  newItemId,
  type OutputItem,
  type ThinkingWishes,
} from "./openai_response_items.ts";

/** An event with the name of its kind. */
export interface ResponseEvent {
  readonly event: string;
  readonly data: {
    readonly type: string;
    readonly sequence_number: number;
    /** In the first two events and in the last. */
    readonly response?: ResponseObject;
  };
}

/** What the client wants of a response. */
export interface ResponseWishes {
  readonly thinking: ThinkingWishes;
  /** Calls of tools there may be. */
  readonly maxCalls: number;
  /** Namespaces that functions may be in. */
  readonly namespaces: readonly string[];
}

/** Tells of one response. */
export class ResponseEvents {
  readonly #head: ResponseHead;
  readonly #wishes: ResponseWishes;
  readonly #output: OutputItem[] = [];
  #draft: Draft | undefined;
  /** Log probabilities of tokens whose text has not come yet. */
  #waiting: TokenLogprob[] = [];
  #calls = 0;
  #sequence = 0;

  constructor(head: ResponseHead, wishes: ResponseWishes) {
    this.#head = head;
    this.#wishes = wishes;
  }

  /** Throws what the answer throws, after an event that tells of it. */
  async *of(
    answer: AsyncIterable<AnswerEvent>,
  ): AsyncGenerator<ResponseEvent, void> {
    let begun = false;
    try {
      for await (const event of answer) {
        begun = true;
        for (const body of this.#bodies(event)) {
          yield this.#numbered(body);
        }
      }
    } catch (thrown) {
      if (begun) {
        const failure = toFailure(toServerError(thrown));
        const output = this.#soFar();
        yield this.#numbered(this.#lifecycle("failed", { output, failure }));
      }
      throw thrown;
    }
  }

  /**
   * The event that ends the stream after an error: with OpenAI's error object,
   * which its packages throw, and with its fields, as they describe the event.
   */
  error(error: ServerError): ResponseEvent {
    const { message, code = null, param = null } = error;
    return this.#numbered(
      {
        type: "error",
        code,
        message,
        param,
        ...errorBody("openai", error),
      },
    );
  }

  #numbered(body: EventBody): ResponseEvent {
    const { type, ...fields } = body;
    const sequence_number = this.#sequence++;
    return { event: type, data: { type, sequence_number, ...fields } };
  }

  #lifecycle(name: string, state: ResponseState) {
    const response = toResponse(this.#head, state);
    return { type: `response.${name}`, response };
  }

  *#bodies(event: AnswerEvent): Generator<EventBody> {
    switch (event.type) {
      case "started":
        yield this.#lifecycle("created", { output: [] });
        yield this.#lifecycle("in_progress", { output: [] });
        break;
      case "call":
        if (this.#calls++ < this.#wishes.maxCalls) {
          yield* this.#close("completed");
          yield* this.#call(event.call);
        }
        break;
      case "done":
        yield* this.#end(event);
        break;
      default:
        yield* this.#text(event);
    }
  }

  *#text({ type, text, logprobs = [] }: TextEvent): Generator<EventBody> {
    this.#waiting.push(...logprobs);
    if (text === "") {
      return;
    }
    const shape = type === "text"
      ? MESSAGE
      : thinkingShape(this.#wishes.thinking);
    if (this.#draft?.shape.type !== shape.type) {
      yield* this.#close("completed");
      yield* this.#open(new Draft(shape, this.#output.length));
    }
    yield* this.#add(text);
  }

  *#add(text: string): Generator<EventBody> {
    const logprobs = this.#waiting;
    this.#waiting = [];
    if (this.#draft !== undefined) {
      yield this.#draft.add(text, logprobs);
    }
  }

  *#open(draft: Draft): Generator<EventBody> {
    this.#draft = draft;
    yield* draft.begin();
  }

  *#close(status: ItemStatus): Generator<EventBody> {
    if (this.#draft !== undefined) {
      yield* this.#draft.end(status);
      this.#output.push(this.#draft.item(status));
      this.#draft = undefined;
    }
  }

  *#call(call: ToolCall): Generator<EventBody> {
    const { namespaces } = this.#wishes;
    const id = newItemId("function_call");
    const place = { item_id: id, output_index: this.#output.length };
    const { output_index } = place;
    const item = callItem(id, "completed", call, namespaces);
    yield {
      type: "response.output_item.added",
      output_index,
      item: callItem(id, "in_progress", call, namespaces),
    };
    const events = "response.function_call_arguments";
    const { name, arguments: given } = item;
    yield { type: `${events}.delta`, ...place, delta: given };
    yield {
      type: `${events}.done`,
      ...place,
      name,
      arguments: given,
    };
    yield {
      type: "response.output_item.done",
      output_index,
      item,
    };
    this.#output.push(item);
  }

  /** An answer without anything is an empty message. */
  *#end(end: GenerationDone): Generator<EventBody> {
    const cut = end.reason === "length";
    if (this.#output.length === 0 && this.#draft === undefined) {
      yield* this.#open(new Draft(MESSAGE, 0));
    }
    yield* this.#close(cut ? "incomplete" : "completed");
    const output = this.#output;
    yield this.#lifecycle(cut ? "incomplete" : "completed", { output, end });
  }

  #soFar(): OutputItem[] {
    return this.#draft === undefined
      ? this.#output
      : [...this.#output, this.#draft.item("incomplete")];
  }
}

/** The response at the end of an answer. */
export async function wholeResponse(
  events: AsyncIterable<ResponseEvent>,
): Promise<ResponseObject | undefined> {
  let last: ResponseEvent | undefined;
  for await (const event of events) {
    last = event;
  }
  return last?.data.response;
}
