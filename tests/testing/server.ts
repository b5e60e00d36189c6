/**
 * Starts a real server for a test, from source or, with TALLY_TEST_BINARY,
 * the executable, and stops it afterwards.
 *
 * @module
 */

/** A running server. */
export interface TestServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pid: number;
  /** Its models folder, which is the test's own. */
  readonly folder: string;
  /** What it has written to standard error so far. */
  log(): string;
  /** Resolves with its exit code. */
  readonly status: Promise<Deno.CommandStatus>;
}

/** Options of {@linkcode startServer}. */
export interface TestServerOptions {
  readonly env?: Record<string, string>;
  /** A models folder to go on with; a new one when absent. */
  readonly folder?: string;
  /** The executable to start. */
  readonly binary?: string;
}

/** Longest start there should be, milliseconds. */
const START_MS = 30_000;

function commandLine(
  binary = Deno.env.get("TALLY_TEST_BINARY"),
): [string, string[]] {
  if (binary) {
    return [binary, ["serve"]];
  }
  const main = new URL("../../main.ts", import.meta.url).pathname;
  return [Deno.execPath(), ["run", "-A", "--no-check", main, "serve"]];
}

/** A port of the loopback that nobody listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

async function answers(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/api/version`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Waits for a server to answer; false when it does not in time. */
export async function answeringOn(
  baseUrl: string,
  ended: () => boolean = () => false,
): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (!await answers(baseUrl)) {
    if (ended() || Date.now() > deadline) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** Starts a server on a free port of the loopback and waits for it. */
export async function startServer(
  options: TestServerOptions = {},
): Promise<TestServer> {
  const folder = options.folder ?? await Deno.makeTempDir();
  const host = `127.0.0.1:${freePort()}`;
  const [command, args] = commandLine(options.binary);
  const child = new Deno.Command(command, {
    args,
    env: {
      TALLY_LEDGER: "memory",
      TALLY_KEYS: `${folder}/keys.json`,
      ...options.env,
      OLLAMA_HOST: host,
      OLLAMA_MODELS: folder,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const reading = (async () => {
    const lines = child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of lines) {
      log += text;
    }
  })();
  let ended = false;
  child.status.then(() => ended = true);
  const baseUrl = `http://${host}`;
  if (!await answeringOn(baseUrl, () => ended)) {
    kill(child, "SIGKILL");
    throw new Error(`the server did not start:\n${log}`);
  }
  return {
    baseUrl,
    pid: child.pid,
    folder,
    log: () => log,
    status: child.status,
    async [Symbol.asyncDispose]() {
      kill(child, "SIGTERM");
      await child.status;
      await reading;
      if (options.folder === undefined) {
        await Deno.remove(folder, { recursive: true });
      }
    },
  };
}
