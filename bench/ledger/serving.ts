/**
 * What counting costs a server: tokens in a second with the ledger's file, its
 * metrics and limited keys, and without any of it; and how long reading usage
 * takes while every slot decodes.
 *
 * @module
 */

import { createKey } from "../../src/usage/keys/key_file.ts";
import { fetchModel, SMOLLM2 } from "../../tools/fetch_models.ts";
import { type Dialect, MODEL, ollamaDialect } from "../dialect.ts";
import { ask, runLoad } from "../load.ts";
import { freePort, ServerProcess } from "../server_process.ts";
import { median } from "../table.ts";
import type { LoadTask } from "./load_worker.ts";

const SLOTS = 4;

/** Requests of one load. */
const REQUESTS = 12;

/** Reads of each page. */
const READS = 300;

/** Milliseconds between two reads. */
const PAUSE_MS = 20;

const ROOT = new URL("../../", import.meta.url);

/** How much is measured. */
export interface ServingOptions {
  readonly rounds: number;
  /** Of the engine; as many as cores leave none for who reads. */
  readonly threads: number;
}

interface Server extends AsyncDisposable {
  readonly baseUrl: string;
  readonly dialect: Dialect;
  /** An admin's. */
  readonly headers: Readonly<Record<string, string>>;
}

/** deno.json's imports, with nothing in place of the accounting. */
async function mapWithoutAccounting(folder: string): Promise<string> {
  const text = await Deno.readTextFile(new URL("deno.json", ROOT));
  const { imports } = JSON.parse(text.replace(/^\s*\/\/.*$/gm, ""));
  const real = new URL("src/cli/accounting.ts", ROOT).href;
  const path = `${folder}/imports.json`;
  const own = { [real]: new URL("no_accounting.ts", import.meta.url).href };
  // In a map of imports a package does not imply what is in its folders.
  const folders = Object.entries<string>(imports)
    .filter(([, target]) => target.startsWith("npm:"))
    .map(([name, target]) => [`${name}/`, `${target.replace(":", ":/")}/`]);
  const all = { ...imports, ...Object.fromEntries(folders), ...own };
  await Deno.writeTextFile(path, JSON.stringify({ imports: all }));
  return path;
}

async function startServer(
  folder: string,
  counts: boolean,
  threads: number,
): Promise<Server> {
  const baseUrl = `http://127.0.0.1:${freePort()}`;
  const keys = `${folder}/keys-${counts}.json`;
  const map = counts ? [] : [
    "--import-map",
    await mapWithoutAccounting(folder),
  ];
  const tokens = { minute: 1e9, day: 1e9, month: 1e9 };
  const secret = createKey(keys, {
    name: "bench",
    admin: true,
    tokens,
    requests: {},
  });
  const headers = counts ? { Authorization: `Bearer ${secret}` } : {};
  const main = new URL("main.ts", ROOT).pathname;
  const process = new ServerProcess(
    Deno.execPath(),
    ["run", "-A", "--no-check", ...map, main, "serve"],
    {
      OLLAMA_HOST: baseUrl,
      OLLAMA_MODELS: `${folder}/models`,
      OLLAMA_NUM_PARALLEL: String(SLOTS),
      TALLY_LEDGER: `${folder}/usage.db`,
      TALLY_KEYS: keys,
    },
  );
  const dialect = { ...ollamaDialect(threads), headers };
  await process.until(() => fetch(`${baseUrl}/api/version`));
  return {
    baseUrl,
    dialect,
    headers,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

async function createModel({ baseUrl, headers }: Server): Promise<void> {
  const path = await Deno.realPath(await fetchModel(SMOLLM2));
  const bytes = await Deno.readFile(path);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  const digest = "sha256:" + new Uint8Array(hash).toHex();
  await fetch(`${baseUrl}/api/blobs/${digest}`, {
    method: "POST",
    headers,
    body: bytes,
  });
  const made = await fetch(`${baseUrl}/api/create`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: MODEL, files: { "model.gguf": digest } }),
  });
  await made.text();
}

/** Tokens in a second of one load. */
async function tokensPerSecond(
  { baseUrl, dialect }: Server,
  firstNumber: number,
): Promise<number> {
  const load = { concurrency: SLOTS, requests: REQUESTS, firstNumber };
  return (await runLoad(baseUrl, dialect, load)).tokensPerSecond;
}

/** Both servers in turn, the one that begins changing every round. */
async function compare(servers: readonly Server[], rounds: number) {
  const speeds = servers.map(() => [] as number[]);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = [0, 1];
    const now = [0, 0];
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      now[index] = await tokensPerSecond(servers[index]!, 50 * round);
      speeds[index]?.push(now[index]);
    }
    ratios.push(now[0]! / now[1]!);
  }
  return { speeds: speeds.map(median), ratio: median(ratios) };
}

/** Milliseconds of reads of a page while every slot decodes. */
async function readTimes(server: Server, path: string): Promise<number[]> {
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const { headers, baseUrl } = server;
    const started = performance.now();
    const response = await fetch(baseUrl + path, { headers });
    await response.text();
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return times.sort((a, b) => a - b);
}

async function benchReading(server: Server, threads: number): Promise<void> {
  const worker = new Worker(new URL("./load_worker.ts", import.meta.url), {
    type: "module",
  });
  worker.postMessage(
    {
      baseUrl: server.baseUrl,
      headers: server.headers,
      concurrency: SLOTS,
      threads,
      tokens: 400,
    } satisfies LoadTask,
  );
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const path of ["/api/version", "/api/usage", "/metrics"]) {
    const times = await readTimes(server, path);
    const at = (share: number) =>
      times[Math.floor(share * (READS - 1))]?.toFixed(2);
    console.log(`${path}: ${at(0.5)} ms, p99 ${at(0.99)} ms, ${READS} reads`);
  }
  worker.terminate();
}

/** Prints both. */
export async function benchServing(
  { rounds, threads }: ServingOptions,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  {
    await using counting = await startServer(folder, true, threads);
    await createModel(counting);
    await using bare = await startServer(folder, false, threads);
    const servers = [counting, bare];
    for (const { baseUrl, dialect } of servers) {
      await ask(baseUrl, dialect, "Hi", 1);
    }
    const { speeds, ratio } = await compare(servers, rounds);
    console.log(
      `tokens/s at ${SLOTS}: ${speeds[0]?.toFixed(1)} with ledger, metrics ` +
        `and keys, ${speeds[1]?.toFixed(1)} without: median ratio of ` +
        `${rounds} rounds ${ratio.toFixed(3)}`,
    );
    await benchReading(counting, threads);
  }
  await Deno.remove(folder, { recursive: true });
}
