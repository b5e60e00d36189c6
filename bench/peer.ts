/**
 * The servers that are measured, with the same model, threads and slots:
 * started here when they are named by a path, as they are when by an address.
 *
 * @module
 */

import { Client } from "../src/cli/client.ts";
import { create } from "../src/cli/create.ts";
import { parseHost } from "../src/config_values.ts";
import { type Dialect, MODEL, ollamaDialect, OPENAI } from "./dialect.ts";
import { ask } from "./load.ts";
import { freePort, ServerProcess } from "./server_process.ts";

/** What every server is started with. */
export interface Setup {
  /** The GGUF file. */
  readonly model: string;
  readonly threads: number;
  readonly slots: number;
  /** Tokens of context for one request. */
  readonly context: number;
}

/** A running server. */
export interface RunningPeer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Start to first token, milliseconds; NaN when it ran before. */
  readonly startMs: number;
  /** NaN when its process is not known. */
  readonly residentMiB: number;
}

/** A server that can be measured. */
export interface Peer {
  readonly name: string;
  readonly dialect: Dialect;
  start(): Promise<RunningPeer>;
}

/** What it takes to start a server. */
interface Launch {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly baseUrl: string;
}

function isAddress(pathOrUrl: string): boolean {
  return /^https?:\/\//.test(pathOrUrl);
}

async function runningAt(
  baseUrl: string,
  dialect: Dialect,
): Promise<RunningPeer> {
  await ask(baseUrl, dialect, "Hi", 1);
  return {
    baseUrl,
    startMs: NaN,
    residentMiB: NaN,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function launched(
  { path, args, env, baseUrl }: Launch,
  dialect: Dialect,
): Promise<RunningPeer> {
  const started = performance.now();
  const server = new ServerProcess(path, args, env);
  await server.until(() => ask(baseUrl, dialect, "Hi", 1));
  return {
    baseUrl,
    startMs: performance.now() - started,
    get residentMiB() {
      return server.residentMiB;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** llama.cpp's server. */
export function llamaServer(pathOrUrl: string, setup: Setup): Peer {
  const { model, threads, slots, context } = setup;
  const start = () => {
    if (isAddress(pathOrUrl)) {
      return runningAt(pathOrUrl, OPENAI);
    }
    const port = freePort();
    const args = ["-m", model, "-t", threads, "-np", slots]
      .concat(["-c", context * slots, "--port", port, "--jinja"]).map(String);
    const baseUrl = `http://127.0.0.1:${port}`;
    return launched({ path: pathOrUrl, args, env: {}, baseUrl }, OPENAI);
  };
  return { name: "llama-server", dialect: OPENAI, start };
}

/** Makes the model in a running server, unless it is there. */
async function createModel(url: string, model: string): Promise<void> {
  const modelfile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(modelfile, `FROM ${await Deno.realPath(model)}\n`);
    await create(new Client(parseHost(url)), MODEL, { file: modelfile });
  } finally {
    await Deno.remove(modelfile);
  }
}

/** A models folder with the model in it, made by the server itself. */
async function modelsFolder(path: string, model: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  const url = `http://127.0.0.1:${freePort()}`;
  const env = { OLLAMA_HOST: url, OLLAMA_MODELS: folder };
  await using server = new ServerProcess(path, ["serve"], env);
  const client = new Client(parseHost(url));
  await server.until(() => client.get("/api/version"));
  await createModel(url, model);
  return folder;
}

/** Tally or Ollama: both speak one API and read the same variables. */
export function ollamaLike(
  name: string,
  pathOrUrl: string,
  setup: Setup,
): Peer {
  const { model, threads, slots, context } = setup;
  const dialect = ollamaDialect(threads);
  let folder: Promise<string> | undefined;
  const start = async () => {
    if (isAddress(pathOrUrl)) {
      await createModel(pathOrUrl, model);
      return await runningAt(pathOrUrl, dialect);
    }
    const baseUrl = `http://127.0.0.1:${freePort()}`;
    const env = {
      OLLAMA_HOST: baseUrl,
      OLLAMA_MODELS: await (folder ??= modelsFolder(pathOrUrl, model)),
      OLLAMA_NUM_PARALLEL: String(slots),
      OLLAMA_CONTEXT_LENGTH: String(context),
      TALLY_THREADS: String(threads),
    };
    const launch = { path: pathOrUrl, args: ["serve"], env, baseUrl };
    return await launched(launch, dialect);
  };
  return { name, dialect, start };
}
