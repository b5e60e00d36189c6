/**
 * The servers that are measured: started one after the other, with the same
 * model, threads and slots.
 *
 * @module
 */

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
export interface RunningPeer {
  readonly baseUrl: string;
  readonly pid: number;
  /** Milliseconds from the start to the first token of a first request. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** A server that can be started. */
export interface Peer {
  readonly name: string;
  start(setup: Setup): Promise<RunningPeer>;
}

/** What a model is called in every server. */
export const MODEL = "bench";

/** Longest start there should be, milliseconds. */
const START_MS = 60_000;

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

async function firstToken(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({
        model: MODEL,
        messages: [{ role: "user", content: "Hi" }],
        max_tokens: 1,
      }),
    });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

async function untilFirstToken(
  baseUrl: string,
  ask: (baseUrl: string) => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!await ask(baseUrl)) {
    if (performance.now() > deadline) {
      throw new Error(`${baseUrl} gives no token`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function startProcess(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  baseUrl: string,
  ask: (baseUrl: string) => Promise<boolean>,
): Promise<RunningPeer> {
  const started = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilFirstToken(baseUrl, ask);
  return {
    baseUrl,
    pid: child.pid,
    startMs: performance.now() - started,
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** `llama-server` of llama.cpp, by the path of its executable. */
export function llamaServer(path: string): Peer {
  return {
    name: "llama-server",
    start: ({ model, threads, slots, context }) => {
      const port = freePort();
      const args = ["-m", model, "-t", threads, "-np", slots]
        .concat(["-c", context * slots, "--port", port, "--jinja"]);
      const baseUrl = `http://127.0.0.1:${port}`;
      return startProcess(path, args.map(String), {}, baseUrl, firstToken);
    },
  };
}

async function ollamaFirstToken(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/api/chat`, {
      method: "POST",
      body: JSON.stringify({
        model: MODEL,
        messages: [{ role: "user", content: "Hi" }],
        stream: false,
        options: { num_predict: 1 },
      }),
    });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

/** A models folder with the model in it, made by the server itself. */
async function modelsFolder(path: string, model: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  const env = {
    OLLAMA_HOST: `127.0.0.1:${freePort()}`,
    OLLAMA_MODELS: folder,
  };
  const server = new Deno.Command(path, {
    args: ["serve"],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilFirstToken(`http://${env.OLLAMA_HOST}`, async (url) => {
    const response = await fetch(`${url}/api/version`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok ?? false;
  });
  const modelfile = await Deno.makeTempFile();
  await Deno.writeTextFile(modelfile, `FROM ${await Deno.realPath(model)}\n`);
  await new Deno.Command(path, {
    args: ["create", MODEL, "-f", modelfile],
    env,
    stdin: "null",
  }).output();
  server.kill("SIGTERM");
  await server.status;
  return folder;
}

/** Tally or Ollama, by the path of the executable: both speak one API. */
export function ollamaLike(name: string, path: string): Peer {
  let folder: Promise<string> | undefined;
  return {
    name,
    start: async ({ model, threads, slots, context }) => {
      const host = `127.0.0.1:${freePort()}`;
      const env = {
        OLLAMA_HOST: host,
        OLLAMA_MODELS: await (folder ??= modelsFolder(path, model)),
        OLLAMA_NUM_PARALLEL: String(slots),
        OLLAMA_CONTEXT_LENGTH: String(context),
        TALLY_THREADS: String(threads),
      };
      const baseUrl = `http://${host}`;
      return await startProcess(
        path,
        ["serve"],
        env,
        baseUrl,
        ollamaFirstToken,
      );
    },
  };
}
