/**
 * A small server with answers of Ollama's shapes, and the command line run
 * against it.
 *
 * @module
 */

/** A request that the server was sent. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Parsed JSON; text when it is none. */
  readonly body: unknown;
}

/** Answers by `METHOD /path`; others are 404. */
export type Answers = Readonly<Record<string, () => Response>>;

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A fake server that is running. */
export interface FakeOllama extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Runs a verb with what is piped in. */
  tally(args: readonly string[], input?: string): Promise<Ended>;
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** A stream of JSON lines. */
export function ndjson(...values: readonly unknown[]): Response {
  const lines = values.map((value) => `${JSON.stringify(value)}\n`);
  return new Response(lines.join(""), {
    headers: { "content-type": "application/x-ndjson" },
  });
}

/** Runs the program against a server at an address. */
export async function runTally(
  url: string,
  args: readonly string[],
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, ...args],
    env: { ...env, OLLAMA_HOST: url, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Starts a server that gives these answers and notes what it is sent. */
export function startFakeOllama(answers: Answers): FakeOllama {
  const seen: SeenRequest[] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const body = parsed(await request.text());
    seen.push({ method: request.method, path: pathname + search, body });
    const answer = answers[`${request.method} ${pathname}`];
    return answer?.() ??
      Response.json({ error: "model 'x' not found" }, { status: 404 });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    seen,
    tally: (args, input) => runTally(url, args, input),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
