/**
 * Answers of `POST /v1/messages`: a message, or the events that build one
 * (https://docs.claude.com/en/docs/build-with-claude/streaming).
 *
 * @module
 */

import type {
  AnswerEvent,
  GenerationDone,
  TokenCounts,
  ToolCall,
} from "../generation.ts";
import { NO_TOKENS } from "../generation.ts";

/** An answer on its way to a client. */
export interface MessageHead {
  readonly id: string;
  /** As the client wrote it. */
  readonly model: string;
  readonly maxTokens: number;
  /** What the client wants the answer to end at. */
  readonly stopSequences: readonly string[];
  /** Calls of tools there may be. */
  readonly maxCalls: number;
}

/** An event with the name of its kind. */
export interface MessageEvent {
  readonly event: string;
  readonly data: { readonly type: string };
}

/** A part of the answer. */
type Block =
  | { readonly type: "text"; text: string }
  | { readonly type: "thinking"; thinking: string; readonly signature: "" }
  | ReturnType<typeof toToolUse>;

function toToolUse({ id = "", name, arguments: input }: ToolCall) {
  return { type: "tool_use" as const, id, name, input };
}

/** Prompt tokens without those from the cache, which are told apart. */
function toUsage(
  { cached, computed, generated }: TokenCounts,
  thinking: number,
) {
  return {
    input_tokens: computed,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: generated,
    output_tokens_details: { thinking_tokens: thinking },
    server_tool_use: null,
  };
}

/** What a whole message's usage has besides; none of it means something here. */
const ELSEWHERE = {
  cache_creation: {
    ephemeral_5m_input_tokens: 0,
    ephemeral_1h_input_tokens: 0,
  },
  inference_geo: null,
  service_tier: null,
  speed: null,
};

/** How an answer ended. */
interface Ending {
  readonly stop_reason: string | null;
  readonly stop_sequence: string | null;
  /** Why an answer was refused, which happens elsewhere only. */
  readonly stop_details: null;
  readonly container: null;
}

function endingWith(
  stop_reason: string | null,
  stop_sequence: string | null = null,
): Ending {
  return { stop_reason, stop_sequence, stop_details: null, container: null };
}

/** Why the answer ended. */
function toEnding(
  head: MessageHead,
  end: GenerationDone,
  calls: number,
): Ending {
  const { reason, stopString = "", counts } = end;
  if (calls > 0) {
    return endingWith("tool_use");
  }
  if (head.stopSequences.includes(stopString)) {
    return endingWith("stop_sequence", stopString);
  }
  if (reason !== "length") {
    return endingWith("end_turn");
  }
  return endingWith(
    counts.generated >= head.maxTokens
      ? "max_tokens"
      : "model_context_window_exceeded",
  );
}

function toMessage(
  { id, model }: MessageHead,
  content: readonly Block[],
  ending: Ending,
  usage: ReturnType<typeof toUsage>,
) {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content,
    ...ending,
    usage: { ...usage, ...ELSEWHERE },
  };
}

/** Reads an answer to its end. */
export async function toWholeMessage(
  head: MessageHead,
  events: AsyncIterable<AnswerEvent>,
) {
  const content: Block[] = [];
  let calls = 0;
  for await (const event of events) {
    if (event.type === "done") {
      const ending = toEnding(head, event, calls);
      const usage = toUsage(event.counts, event.reasoningTokens);
      return toMessage(head, content, ending, usage);
    }
    if (event.type === "call") {
      if (calls++ < head.maxCalls) {
        content.push(toToolUse(event.call));
      }
    } else if (event.type !== "started" && event.text !== "") {
      addText(content, event);
    }
  }
}

function addText(
  content: Block[],
  { type, text }: { type: "text" | "thinking"; text: string },
): void {
  const last = content.at(-1);
  if (last?.type === "text" && type === "text") {
    last.text += text;
  } else if (last?.type === "thinking" && type === "thinking") {
    last.thinking += text;
  } else {
    content.push(
      type === "text"
        ? { type, text }
        : { type, thinking: text, signature: "" },
    );
  }
}

function named<T extends { readonly type: string }>(data: T): MessageEvent {
  return { event: data.type, data };
}

/** Opens and closes the blocks of a stream. */
class BlockEvents {
  #index = -1;
  #open: "text" | "thinking" | undefined;

  /** A piece of text, in the block it belongs to. */
  *text(type: "text" | "thinking", text: string): Generator<MessageEvent> {
    if (this.#open !== type) {
      yield* this.close();
      const empty = type === "text"
        ? { type, text: "" }
        : { type, thinking: "", signature: "" };
      yield this.#start(empty);
      this.#open = type;
    }
    yield this.#delta(
      type === "text"
        ? { type: "text_delta", text }
        : { type: "thinking_delta", thinking: text },
    );
  }

  *call(call: ToolCall): Generator<MessageEvent> {
    yield* this.close();
    const { input, ...rest } = toToolUse(call);
    yield this.#start({ ...rest, input: {} });
    const partial_json = JSON.stringify(input);
    yield this.#delta({ type: "input_json_delta", partial_json });
    yield this.#stop();
  }

  *close(): Generator<MessageEvent> {
    if (this.#open !== undefined) {
      if (this.#open === "thinking") {
        // Anthropic signs thinking; clients wait for it.
        yield this.#delta({ type: "signature_delta", signature: "" });
      }
      yield this.#stop();
      this.#open = undefined;
    }
  }

  #start(content_block: unknown): MessageEvent {
    const index = ++this.#index;
    return named({ type: "content_block_start", index, content_block });
  }

  #delta(delta: unknown): MessageEvent {
    const index = this.#index;
    return named({ type: "content_block_delta", index, delta });
  }

  #stop(): MessageEvent {
    return named({ type: "content_block_stop", index: this.#index });
  }
}

/** The events of an answer. */
export async function* toMessageEvents(
  head: MessageHead,
  events: AsyncIterable<AnswerEvent>,
): AsyncGenerator<MessageEvent, void> {
  const blocks = new BlockEvents();
  let calls = 0;
  for await (const event of events) {
    switch (event.type) {
      case "started": {
        const usage = toUsage({ ...NO_TOKENS, ...event.prompt }, 0);
        const message = toMessage(head, [], endingWith(null), usage);
        yield named({ type: "message_start", message });
        yield named({ type: "ping" });
        break;
      }
      case "call":
        if (calls++ < head.maxCalls) {
          yield* blocks.call(event.call);
        }
        break;
      case "done":
        yield* blocks.close();
        yield named({
          type: "message_delta",
          delta: toEnding(head, event, calls),
          usage: toUsage(event.counts, event.reasoningTokens),
        });
        yield named({ type: "message_stop" });
        break;
      default:
        if (event.text !== "") {
          yield* blocks.text(event.type, event.text);
        }
    }
  }
}
