/**
 * The load: so many requests at once, alike for every server.
 *
 * @module
 */

import type { Dialect } from "./dialect.ts";
import { median } from "./table.ts";

/** Tokens of each answer. */
const ANSWER_TOKENS = 48;

/** Longest wait for an answer, milliseconds. */
const ANSWER_MS = 60_000;

/** The half of each prompt that is the same in all requests. */
const SHARED =
  "You are helping a small team to write short notes about animals, plants " +
  "and weather for a school paper.";

/** Requests to run, and how many of them at once. */
export interface Load {
  readonly concurrency: number;
  readonly requests: number;
  /** Makes the prompts unlike those of other loads. */
  readonly firstNumber: number;
}

/** What one run has shown. */
export interface LoadResult {
  /** Generated tokens of all requests in a second. */
  readonly tokensPerSecond: number;
  /** Median time to the first token, milliseconds. */
  readonly firstTokenMs: number;
  /** Tokens of an answer on average: the same for all, or it is no match. */
  readonly answerTokens: number;
}

interface Answer {
  readonly tokens: number;
  readonly firstTokenMs: number;
}

/** A prompt of about 60 tokens; `number` makes it unlike the others. */
function promptOf(number: number): string {
  return `${SHARED} Write a long note, number ${number}, about ` +
    `${["cats", "storms", "oaks", "owls", "rivers"][number % 5]} ` +
    `and what ${number * 37 % 100} children saw of them.`;
}

/** Asks once and reads the stream to its end. */
export async function ask(
  baseUrl: string,
  dialect: Dialect,
  prompt: string,
  tokens: number,
): Promise<Answer> {
  // A connection of its own: one kept from an earlier load may be closed by
  // the server while it is being used again.
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const started = performance.now();
  const response = await fetch(baseUrl + dialect.path, {
    method: "POST",
    headers: dialect.headers ?? {},
    body: JSON.stringify(dialect.body(prompt, tokens)),
    signal: AbortSignal.timeout(ANSWER_MS),
    client,
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
  if (!response.ok) {
    throw new Error(`${baseUrl} answers ${response.status}: ${stream}`);
  }
  return { tokens: dialect.tokens(stream), firstTokenMs };
}

/** Runs the requests. */
export async function runLoad(
  baseUrl: string,
  dialect: Dialect,
  load: Load,
): Promise<LoadResult> {
  const { concurrency, requests, firstNumber } = load;
  const answers: Answer[] = [];
  let next = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < requests) {
      const prompt = promptOf(firstNumber + next++);
      answers.push(await ask(baseUrl, dialect, prompt, ANSWER_TOKENS));
    }
  }));
  const seconds = (performance.now() - started) / 1000;
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  return {
    tokensPerSecond: tokens / seconds,
    firstTokenMs: median(answers.map((answer) => answer.firstTokenMs)),
    answerTokens: tokens / answers.length,
  };
}
