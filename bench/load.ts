/**
 * The load: so many requests at once, alike for every server.
 *
 * @module
 */

import { MODEL } from "./peer.ts";

/** Tokens of each answer. */
export const ANSWER_TOKENS = 48;

/** The half of each prompt that is the same in all requests. */
const SHARED =
  "You are helping a small team to write short notes about animals, plants " +
  "and weather for a school paper.";

/** What one run has shown. */
export interface LoadResult {
  /** Generated tokens of all requests in a second. */
  readonly tokensPerSecond: number;
  /** Median time to the first token, milliseconds. */
  readonly firstTokenMs: number;
}

/** How a server is asked and how its answer counts tokens. */
export interface Dialect {
  readonly path: string;
  readonly body: (prompt: string) => unknown;
  /** Tokens of the answer, from the text of the whole stream. */
  readonly tokens: (stream: string) => number;
}

function lastNumber(stream: string, field: string): number {
  const found = [...stream.matchAll(new RegExp(`"${field}":\\s*(\\d+)`, "g"))];
  return Number(found.at(-1)?.[1] ?? 0);
}

/** OpenAI's chat completions, as llama-server has them. */
export const OPENAI: Dialect = {
  path: "/v1/chat/completions",
  body: (content) => ({
    model: MODEL,
    messages: [{ role: "user", content }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: ANSWER_TOKENS,
    temperature: 0,
    ignore_eos: true,
  }),
  tokens: (stream) => lastNumber(stream, "completion_tokens"),
};

/** Ollama's chat. */
export const OLLAMA: Dialect = {
  path: "/api/chat",
  body: (content) => ({
    model: MODEL,
    messages: [{ role: "user", content }],
    options: { num_predict: ANSWER_TOKENS, temperature: 0 },
  }),
  tokens: (stream) => lastNumber(stream, "eval_count"),
};

/** A prompt of about 60 tokens; `number` makes it unlike the others. */
function promptOf(number: number): string {
  return `${SHARED} Write a long note, number ${number}, about ` +
    `${["cats", "storms", "oaks", "owls", "rivers"][number % 5]} ` +
    `and what ${number * 37 % 100} children saw of them.`;
}

interface Answer {
  readonly tokens: number;
  readonly firstTokenMs: number;
}

async function ask(
  baseUrl: string,
  dialect: Dialect,
  number: number,
): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(baseUrl + dialect.path, {
    method: "POST",
    body: JSON.stringify(dialect.body(promptOf(number))),
  });
  const decoder = new TextDecoder();
  let firstTokenMs = 0;
  let stream = "";
  for await (const chunk of response.body ?? []) {
    stream += decoder.decode(chunk, { stream: true });
    if (firstTokenMs === 0 && /"content":\s*"[^"]/.test(stream)) {
      firstTokenMs = performance.now() - started;
    }
  }
  return { tokens: dialect.tokens(stream), firstTokenMs };
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Runs `requests` requests, `concurrency` of them at once. */
export async function runLoad(
  baseUrl: string,
  dialect: Dialect,
  concurrency: number,
  requests: number,
  firstNumber: number,
): Promise<LoadResult> {
  const answers: Answer[] = [];
  let next = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < requests) {
      answers.push(await ask(baseUrl, dialect, firstNumber + next++));
    }
  }));
  const seconds = (performance.now() - started) / 1000;
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  return {
    tokensPerSecond: tokens / seconds,
    firstTokenMs: median(answers.map((answer) => answer.firstTokenMs)),
  };
}
