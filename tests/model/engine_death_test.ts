import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  childrenOf,
  createModel,
  post,
  readLines,
  usage,
} from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const STREAMS = 8;

/** Reads a stream to its end; the last line and how many came before it. */
async function lastLine(response: Response) {
  let last: Record<string, unknown> = {};
  let lines = 0;
  for await (const line of readLines(response)) {
    last = line;
    lines++;
  }
  return { last, lines };
}

/**
 * V8 catches the first SIGSEGV to see whether WebAssembly caused it, gives up
 * its handler and goes on; a real fault comes again at once, ours has to be
 * sent again.
 */
async function killUntilGone(pid: number, signal: Deno.Signal) {
  for (let i = 0; i < 50; i++) {
    try {
      Deno.kill(pid, signal);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${pid} lives on after 50 × ${signal}`);
}

async function dieInTheMiddle(signal: Deno.Signal): Promise<void> {
  await using server = await startServer({
    env: { OLLAMA_NUM_PARALLEL: String(STREAMS) },
  });
  const url = server.baseUrl;
  await createModel(url, "m", gguf ?? "");
  const before = await post(`${url}/api/generate`, {
    model: "m",
    prompt: "Hi",
    stream: false,
    options: { num_predict: 4 },
  });
  assertEquals(before.status, 200);
  await before.body?.cancel();
  const responses = await Promise.all(
    Array.from({ length: STREAMS }, (_, index) =>
      post(`${url}/api/generate`, {
        model: "m",
        prompt: `Write a long story about ${index} dragons.`,
        options: { num_predict: 1000 },
      })),
  );
  const ends = responses.map(lastLine);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const engines = childrenOf(server.pid);
  assertEquals(engines.length, 1);
  await killUntilGone(engines[0] ?? 0, signal);
  for (const { last } of await Promise.all(ends)) {
    assertMatch(String(last["error"]), /model runner has unexpectedly stopped/);
  }
  const [row] = (await usage(url, "?details=true")).usage as unknown as {
    failed: { requests: number; completion_tokens: number };
    requests: number;
  }[];
  assertEquals([row?.requests, row?.failed.requests], [1, STREAMS]);
  assert((row?.failed.completion_tokens ?? 0) >= STREAMS);
  const check = await (await fetch(`${url}/api/usage?check=true`)).json();
  assertEquals(check.check.difference, 0);
  const after = await post(`${url}/api/generate`, {
    model: "m",
    prompt: "Hi",
    stream: false,
    options: { num_predict: 4 },
  });
  assertEquals(after.status, 200);
  assertEquals((await after.json()).done, true);
}

for (const signal of ["SIGKILL", "SIGSEGV"] as const) {
  Deno.test({
    name: `an engine that dies of ${signal} takes down only its requests`,
    ignore: gguf === undefined || Deno.build.os === "windows",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => dieInTheMiddle(signal),
  });
}
