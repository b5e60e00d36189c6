/**
 * `deno task dev`: from a fresh clone to a server that answers on a real
 * small model, without another step.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { clientUrl, readConfig } from "../src/config.ts";
import { Client } from "../src/cli/client.ts";
import { create } from "../src/cli/create.ts";
import { fetchModel, SMOLLM2 } from "./fetch_models.ts";

/** What the small model is called in the store. */
const NAME = "smollm2:135m";

/** Longest start there should be, milliseconds. */
const START_MS = 30_000;

async function answers(client: Client): Promise<boolean> {
  try {
    await client.get("/api/version");
    return true;
  } catch {
    return false;
  }
}

function startServer(): Deno.ChildProcess {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "serve", ...Deno.args],
    stdin: "null",
  }).spawn();
}

async function waitFor(client: Client): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!await answers(client)) {
    if (Date.now() > deadline) {
      throw new Error("Cannot reach the server that was started");
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function createModel(client: Client): Promise<void> {
  const path = await Deno.realPath(await fetchModel(SMOLLM2));
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, `FROM ${path}\n`);
  try {
    await create(client, NAME, { file });
  } finally {
    await Deno.remove(file);
  }
}

/** A model of the store; the small one, which is fetched, when it is empty. */
async function anyModel(client: Client): Promise<string> {
  const { models } = await client.get<{ models: { name: string }[] }>(
    "/api/tags",
  );
  const names = models.map(({ name }) => name);
  if (names.length === 0) {
    await createModel(client);
  }
  return names.includes(NAME) ? NAME : names[0] ?? NAME;
}

function printHints(url: string, model: string): void {
  const body = JSON.stringify({ model, prompt: "Why is the sky blue?" });
  console.log(`\nTry it:\n  curl ${url}/api/generate -d '${body}'`);
  console.log(`  curl ${url}/api/usage\n`);
}

const { host } = readConfig();
const url = clientUrl(host);
const client = new Client(host);
if (await answers(client)) {
  console.error(`${url} is taken: stop what serves there, or set OLLAMA_HOST.`);
  Deno.exit(1);
}
const server = startServer();
// The terminal interrupts the server as well; when it has ended, we do.
Deno.addSignalListener("SIGINT", () => {});
if (Deno.build.os !== "windows") {
  Deno.addSignalListener("SIGTERM", () => server.kill("SIGTERM"));
}
const ended = server.status.then(({ code }) => Deno.exit(code));
await waitFor(client);
try {
  printHints(url, await anyModel(client));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error("Serving without a model. Create one with: tally create");
}
await ended;
