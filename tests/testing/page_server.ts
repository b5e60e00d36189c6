/**
 * A server whose page there is something to see on.
 *
 * @module
 */

import { UsageDatabase } from "../../src/usage/store/usage_database.ts";
import { post, upload } from "./api.ts";
import { entryWith } from "./entries.ts";
import { Random } from "./random.ts";
import { startServer, type TestServer } from "./server.ts";
import { tinyGguf } from "./tiny_gguf.ts";

/** A server's name in its ledger. */
const NAME = "test";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Models and keys of the past, the busiest first. */
const MODELS = ["llama3.2:3b", "qwen3:8b", "gemma3:4b", "smollm2"];
const KEYS = ["web", "ann", "nightly"];

/** A month of requests, more by day than by night. */
function* past(random: Random, now: number) {
  for (
    let at = now - 30 * DAY;
    at < now;
    at += random.between(1, 40) * 60_000
  ) {
    const hour = new Date(at).getUTCHours();
    const day = new Date(at).getUTCDay();
    const busy = hour > 6 && hour < 20 && day % 6 !== 0;
    if (!busy && random.chance(0.75)) {
      continue;
    }
    const prompt = random.between(200, 3000);
    const cached = Math.floor(prompt * random.next() * 0.9);
    const rank = (length: number) =>
      Math.floor(length * random.next() * random.next());
    yield entryWith({
      id: crypto.randomUUID().replaceAll("-", ""),
      model: MODELS[rank(MODELS.length)] ?? "",
      key: KEYS[rank(KEYS.length)] ?? "",
      startedAt: at - 5000,
      endedAt: at,
      cached,
      computed: prompt - cached,
      generated: random.between(20, 900),
    });
  }
}

/** Writes a month of requests into a ledger's file. */
function writePast(path: string): void {
  const database = new UsageDatabase({ path, server: NAME, run: "before" });
  database.write([...past(new Random(7), Date.now())]);
  database.close();
}

/** Makes a tiny model that talks without end unless it is stopped. */
export async function createTalker(
  { baseUrl }: TestServer,
  model: string,
): Promise<void> {
  const gguf = tinyGguf(2, { "llama.context_length": { u32: 4096 } });
  const files = { "tiny.gguf": await upload(baseUrl, gguf) };
  const parameters = { temperature: 0, num_ctx: 4096 };
  const body = { model, files, parameters, stream: false };
  const response = await post(`${baseUrl}/api/create`, body);
  await response.body?.cancel();
}

/** A server with a past, in a file of its own. */
export async function startPageServer(
  env: Record<string, string> = {},
): Promise<TestServer> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  writePast(path);
  const server = await startServer({
    env: { TALLY_LEDGER: path, TALLY_SERVER_NAME: NAME, ...env },
  });
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
