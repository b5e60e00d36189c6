/**
 * Ollama itself, where TALLY_TEST_OLLAMA names its executable: as a server
 * over a models folder, and as a command line. Inference is not asked of it,
 * so it needs no runner.
 *
 * @module
 */

import { answeringOn, freePort } from "./server.ts";

const VARIABLE = "TALLY_TEST_OLLAMA";

/** Path of Ollama's executable. Says so when there is none. */
export function findOllama(): string | undefined {
  const path = Deno.env.get(VARIABLE);
  if (!path) {
    console.warn(
      `NO OLLAMA: tests beside a real Ollama are ignored. Set ${VARIABLE} ` +
        "to the path of its executable.",
    );
  }
  return path || undefined;
}

/** What a command has printed. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ollama` as a client of any server. */
export async function runOllama(
  program: string,
  baseUrl: string,
  args: readonly string[],
): Promise<Printed> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { OLLAMA_HOST: baseUrl },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((each) =>
    new TextDecoder().decode(each)
  );
  return { code, out: out ?? "", err: err ?? "" };
}

/** A running `ollama serve`. */
export interface RealOllama extends AsyncDisposable {
  readonly baseUrl: string;
}

/** Starts it over a models folder. */
export async function startOllama(
  program: string,
  folder: string,
): Promise<RealOllama> {
  const home = await Deno.makeTempDir();
  const baseUrl = `http://127.0.0.1:${freePort()}`;
  const child = new Deno.Command(program, {
    args: ["serve"],
    env: { HOME: home, OLLAMA_MODELS: folder, OLLAMA_HOST: baseUrl },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(home, { recursive: true });
  };
  if (!await answeringOn(baseUrl)) {
    await stop();
    throw new Error("Ollama did not start");
  }
  return { baseUrl, [Symbol.asyncDispose]: stop };
}
