/**
 * Generation events as Ollama's chunks.
 *
 * @module
 */

import type { GenerationDone, GenerationEvent } from "../generation.ts";
import type { ChatPart, Chunk, GeneratePart, Metrics } from "./ollama_types.ts";

/** What happens to a generation, from the moment its model is loaded. */
export type AnswerEvent =
  | { readonly type: "started"; readonly loadNs: number }
  | GenerationEvent;

/** An answer on its way to a client. */
export interface Answer<Part> {
  /** Model name as the client wrote it. */
  readonly model: string;
  /** When the request arrived, as `performance.now()` tells it. */
  readonly arrivedAt: number;
  /** Where the text goes. */
  readonly part: (text: string) => Part;
}

/** Where generate puts text. */
export function generatePart(text: string): GeneratePart {
  return { response: text };
}

/** Where chat puts text. */
export function chatPart(text: string): ChatPart {
  return { message: { role: "assistant", content: text } };
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

function head<Part>(answer: Answer<Part>, text: string) {
  return {
    model: answer.model,
    created_at: new Date().toISOString(),
    ...answer.part(text),
  };
}

/** Answers a request that only loads or unloads. */
export function toStateChunk<Part>(
  answer: Answer<Part>,
  reason: "load" | "unload",
): Chunk & Part {
  return { ...head(answer, ""), done: true, done_reason: reason };
}

function toMetrics(
  { counts, timings, truncation }: GenerationDone,
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
      eval_duration: Math.round(timings.decodeNs),
    }),
    ...(truncation === undefined ? {} : {
      prompt_truncated: true,
      prompt_original_tokens: truncation.originalTokens,
    }),
  };
}

/**
 * Chunks of an answer: one for each piece of text and a last one with the
 * measurements; or, when not streaming, just that one with the whole text.
 */
export async function* toChunks<Part>(
  events: AsyncIterable<AnswerEvent>,
  answer: Answer<Part>,
  stream: boolean,
): AsyncGenerator<Chunk & Part, void> {
  let loadNs = 0;
  let held = "";
  for await (const event of events) {
    switch (event.type) {
      case "started":
        loadNs = event.loadNs;
        break;
      case "text":
        if (stream) {
          yield { ...head(answer, event.text), done: false };
        } else {
          held += event.text;
        }
        break;
      case "done":
        yield {
          ...head(answer, held),
          done: true,
          done_reason: event.reason,
          ...(event.context === undefined ? {} : { context: event.context }),
          ...toMetrics(event, answer.arrivedAt, loadNs),
        };
        break;
      default:
        event satisfies never;
    }
  }
}
