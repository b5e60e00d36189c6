import { assert, assertEquals } from "@std/assert";
import {
  childrenOf,
  createModel,
  type FinalObject,
  post,
  readLines,
  residentBytes,
} from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");

const CONCURRENCY = 16;
const WAVE = 100;
/** A request that takes longer than this hangs. */
const PATIENCE_MS = 120_000;

/** What the answers that arrived whole said they used. */
interface Reported {
  completed: number;
  prompt: number;
  generated: number;
  cut: number;
}

function book(reported: Reported, final: FinalObject): void {
  assertEquals(final.error, undefined);
  reported.completed++;
  reported.prompt += final.prompt_eval_count ?? 0;
  reported.generated += final.eval_count ?? 0;
}

async function streamed(url: string, number: number, reported: Reported) {
  const response = await post(`${url}/api/chat`, {
    model: "m",
    messages: [{ role: "user", content: `Tell me about number ${number}.` }],
    options: { num_predict: 10 + number % 20 },
  }, AbortSignal.timeout(PATIENCE_MS));
  for await (const line of readLines(response)) {
    if (line["done"] || line["error"]) {
      book(reported, line);
    }
  }
}

async function single(url: string, number: number, reported: Reported) {
  const response = await post(`${url}/api/generate`, {
    model: "m",
    prompt: `Count from ${number}.`,
    stream: false,
    options: { num_predict: 10 + number % 20 },
  }, AbortSignal.timeout(PATIENCE_MS));
  book(reported, await response.json());
}

async function embedded(url: string, number: number, reported: Reported) {
  const response = await post(`${url}/api/embed`, {
    model: "e",
    input: [`Sentence ${number}.`, "The same for all."],
  }, AbortSignal.timeout(PATIENCE_MS));
  book(reported, await response.json());
}

/** An answer that does not end by itself before its client has left. */
const LONG = { type: "array", items: { type: "integer" }, minItems: 1000 };

/** Leaves in the middle: after some chunks, or while waiting. */
async function cutOff(url: string, number: number, reported: Reported) {
  reported.cut++;
  const leaving = new AbortController();
  const stream = number % 8 === 0;
  const asked = post(`${url}/api/generate`, {
    model: "m",
    prompt: `Count all sheep from ${number} on.`,
    stream,
    format: LONG,
    options: { num_predict: 2000, repeat_penalty: 1.1 },
  }, leaving.signal);
  try {
    if (stream) {
      let chunks = 0;
      for await (const _line of readLines(await asked)) {
        // Not by the signal: fetch may forget it once the answer has begun.
        if (++chunks === 1 + number % 5) {
          break;
        }
      }
    } else {
      setTimeout(() => leaving.abort(), 20 + number % 300);
      await (await asked).body?.cancel();
    }
  } catch (error) {
    assert((error as Error).name === "AbortError", String(error));
  }
}

const KINDS = [cutOff, streamed, single, embedded];

async function wave(url: string, first: number, reported: Reported) {
  let next = first;
  const worker = async () => {
    while (next < first + WAVE) {
      const number = next++;
      await KINDS[number % KINDS.length]?.(url, number, reported);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Waits until no request is in flight any more. */
async function quiet(url: string) {
  for (let i = 0; i < 200; i++) {
    const body = await (await fetch(`${url}/api/usage?details=true`)).json();
    const busy = body.usage.some((row: { in_flight?: { requests: number } }) =>
      (row.in_flight?.requests ?? 0) > 0
    );
    if (!busy) {
      return body;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("requests still in flight after 10 s");
}

function memory(pid: number): number {
  return [pid, ...childrenOf(pid)].map(residentBytes)
    .reduce((sum, bytes) => sum + bytes, 0);
}

Deno.test({
  name: "usage equals what answers reported plus what the cut ones used",
  ignore: gguf === undefined || embeddingGguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer();
    const url = server.baseUrl;
    await createModel(url, "m", gguf ?? "");
    await createModel(url, "e", embeddingGguf ?? "");
    const reported = { completed: 0, prompt: 0, generated: 0, cut: 0 };
    await wave(url, 0, reported);
    await quiet(url);
    const afterFirst = memory(server.pid);
    await wave(url, WAVE, reported);
    const details = await quiet(url);
    const afterSecond = memory(server.pid);
    assertEquals(reported.cut, 2 * WAVE / KINDS.length);

    const bare = await (await fetch(`${url}/api/usage`)).json();
    let cutPrompt = 0;
    let cutGenerated = 0;
    let cancelled = 0;
    for (const row of details.usage) {
      cutPrompt += row.cancelled.prompt_tokens;
      cutGenerated += row.cancelled.completion_tokens;
      cancelled += row.cancelled.requests;
      assertEquals(row.failed.requests, 0);
    }
    const sum = (field: string) =>
      bare.usage.reduce(
        (total: number, row: Record<string, number>) =>
          total + (row[field] ?? 0),
        0,
      );
    assertEquals(sum("requests"), reported.completed);
    assertEquals(sum("prompt_tokens"), reported.prompt + cutPrompt);
    assertEquals(sum("completion_tokens"), reported.generated + cutGenerated);
    assert(cancelled > 0 && cancelled <= reported.cut, `${cancelled}`);
    // A few tokens until the client leaves, and no more than a few after.
    assert(cutGenerated < 60 * cancelled, `${cutGenerated} of ${cancelled}`);
    const check = await (await fetch(`${url}/api/usage?check=true`)).json();
    assertEquals(check.check.difference, 0);
    const grown = afterSecond / afterFirst;
    console.log(
      `memory after 100: ${Math.round(afterFirst / 2 ** 20)} MiB, ` +
        `after 200: ${Math.round(afterSecond / 2 ** 20)} MiB`,
    );
    assert(grown < 1.1, `memory grew by a factor of ${grown}`);
  },
});
