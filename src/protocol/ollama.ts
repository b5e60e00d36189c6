/**
 * Generation events as Ollama's chunks.
 *
 * @module
 */

import type {
  AnswerEvent,
  Candidate,
  GenerationDone,
  TokenLogprob,
  ToolCall,
} from "../generation.ts";
import type {
  ChatPart,
  Chunk,
  GeneratePart,
  Metrics,
  WireCandidate,
  WireLogprob,
  WireToolCall,
} from "./ollama_types.ts";

/** What a chunk has of an answer. */
export interface Content {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly WireToolCall[];
}

const NOTHING: Content = { text: "", thinking: "", calls: [] };

/** An answer on its way to a client. */
export interface Answer<Part> {
  /** Model name as the client wrote it. */
  readonly model: string;
  /** When the request arrived, as `performance.now()` tells it. */
  readonly arrivedAt: number;
  /** Where the content goes. */
  readonly part: (content: Content) => Part;
}

function extras({ thinking, calls }: Content) {
  return {
    ...(thinking === "" ? {} : { thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Where generate puts content. */
export function generatePart(content: Content): GeneratePart {
  return { response: content.text, ...extras(content) };
}

/** Where chat puts content. */
export function chatPart(content: Content): ChatPart {
  const { text } = content;
  return {
    message: { role: "assistant", content: text, ...extras(content) },
  };
}

/** Whole nanoseconds since `arrivedAt`; never 0, which means "unknown". */
export function nanosecondsSince(arrivedAt: number): number {
  return Math.max(Math.round((performance.now() - arrivedAt) * 1e6), 1);
}

/** Drops zeros, as Go's `omitempty` does. */
export function withoutZeros<T extends object>(fields: T): Partial<T> {
  const kept = Object.entries(fields).filter(([, value]) => value !== 0);
  return Object.fromEntries(kept) as Partial<T>;
}

function head<Part>(answer: Answer<Part>, content: Content) {
  return {
    model: answer.model,
    created_at: new Date().toISOString(),
    ...answer.part(content),
  };
}

/** Answers a request that only loads or unloads. */
export function toStateChunk<Part>(
  answer: Answer<Part>,
  reason: "load" | "unload",
): Chunk & Part {
  return { ...head(answer, NOTHING), done: true, done_reason: reason };
}

/** Answers a request that only asks what the model would be told. */
export function toDebugChunk<Part>(
  answer: Answer<Part>,
  rendered: string,
): Chunk & Part {
  return {
    ...head(answer, NOTHING),
    done: false,
    _debug_info: { rendered_template: rendered },
  };
}

function toMetrics(
  { counts, reasoningTokens, timings, truncation }: GenerationDone,
  arrivedAt: number,
  loadNs: number,
): Metrics {
  return {
    ...withoutZeros({
      total_duration: nanosecondsSince(arrivedAt),
      load_duration: Math.max(Math.round(loadNs), 1),
      prompt_eval_count: counts.cached + counts.computed,
      prompt_eval_cached_count: counts.cached,
      prompt_eval_duration: Math.round(timings.promptNs),
      eval_count: counts.generated,
      eval_thinking_count: reasoningTokens,
      eval_duration: Math.round(timings.decodeNs),
    }),
    ...(truncation === undefined ? {} : {
      prompt_truncated: true,
      prompt_original_tokens: truncation.originalTokens,
    }),
  };
}

function toWireCall(call: ToolCall, index: number): WireToolCall {
  return {
    ...(call.id === undefined ? {} : { id: call.id }),
    function: { index, name: call.name, arguments: call.arguments },
  };
}

function toWireCandidate(candidate: Candidate): WireCandidate {
  const { token, logprob, bytes } = candidate;
  return { token, logprob, ...(bytes.length === 0 ? {} : { bytes }) };
}

function toWireLogprob(logprob: TokenLogprob): WireLogprob {
  const top = logprob.top.map(toWireCandidate);
  return {
    ...toWireCandidate(logprob),
    ...(top.length === 0 ? {} : { top_logprobs: top }),
  };
}

function logprobsField(
  logprobs: readonly TokenLogprob[] = [],
): { logprobs?: readonly WireLogprob[] } {
  return logprobs.length === 0 ? {} : { logprobs: logprobs.map(toWireLogprob) };
}

/** An answer of which nothing is sent before its end. */
class Held {
  text = "";
  thinking = "";
  readonly calls: WireToolCall[] = [];
  readonly logprobs: TokenLogprob[] = [];

  add(content: Content, logprobs: readonly TokenLogprob[] = []): void {
    this.text += content.text;
    this.thinking += content.thinking;
    this.calls.push(...content.calls);
    this.logprobs.push(...logprobs);
  }
}

/**
 * Chunks of an answer: one for each piece and a last one with the
 * measurements; or, when not streaming, just that one with the whole answer.
 */
export async function* toChunks<Part>(
  events: AsyncIterable<AnswerEvent>,
  answer: Answer<Part>,
  stream: boolean,
): AsyncGenerator<Chunk & Part, void> {
  let loadNs = 0;
  let calls = 0;
  const held = new Held();
  for await (const event of events) {
    if (event.type === "started") {
      loadNs = event.loadNs;
    } else if (event.type === "done") {
      yield {
        ...head(answer, held),
        done: true,
        done_reason: event.reason,
        ...(event.context === undefined ? {} : { context: event.context }),
        ...logprobsField(held.logprobs),
        ...toMetrics(event, answer.arrivedAt, loadNs),
      };
    } else {
      const content = event.type === "call"
        ? { ...NOTHING, calls: [toWireCall(event.call, calls++)] }
        : { ...NOTHING, [event.type]: event.text };
      const logprobs = event.type === "call" ? [] : event.logprobs;
      if (stream) {
        yield {
          ...head(answer, content),
          done: false,
          ...logprobsField(logprobs),
        };
      } else {
        held.add(content, logprobs);
      }
    }
  }
}
