/**
 * `deno task dev`: from a fresh clone to a server that answers on a real
 * small model, without another step.
 *
 * @module
 */

import { clientUrl, readConfig } from "../src/config.ts";
import { Client } from "../src/cli/client.ts";
import { create } from "../src/cli/create.ts";
import { fetchModel, SMOLLM2 } from "./fetch_models.ts";

/** What the small model is called in the store. */
const NAME = "smollm2:135m";

/** Longest start there should be, milliseconds. */
const START_MS = 30_000;

async function tryFetch(): Promise<string | undefined> {
  try {
    return await fetchModel(SMOLLM2);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error("Serving without a model of its own.");
    return undefined;
  }
}

function startServer(): Deno.ChildProcess {
  const main = new URL("../main.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "serve", ...Deno.args],
    stdin: "null",
  }).spawn();
}

async function waitFor(client: Client): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (true) {
    try {
      await client.get("/api/version");
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function ensureModel(client: Client, gguf: string): Promise<void> {
  const { models } = await client.get<{ models: { name: string }[] }>(
    "/api/tags",
  );
  if (models.some(({ name }) => name === NAME)) {
    return;
  }
  const file = await Deno.makeTempFile();
  const path = await Deno.realPath(gguf);
  await Deno.writeTextFile(file, `FROM ${path}\n`);
  await create(client, NAME, { file });
  await Deno.remove(file);
}

function printHints(url: string): void {
  const body = JSON.stringify({ model: NAME, prompt: "Why is the sky blue?" });
  console.log(`\nTry it:\n  curl ${url}/api/generate -d '${body}'`);
  console.log(`  curl ${url}/api/usage\n`);
}

const gguf = await tryFetch();
const server = startServer();
Deno.addSignalListener("SIGINT", () => {}); // The server ends, then we do.
const { host } = readConfig();
const client = new Client(host);
const ended = server.status.then(({ code }) => Deno.exit(code));
await waitFor(client);
if (gguf !== undefined) {
  await ensureModel(client, gguf);
  printHints(clientUrl(host));
}
await ended;
