/**
 * Requests of every kind and outcome to a real server with tiny models, from
 * several keys.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { childrenOf, createModel, readLines } from "./api.ts";
import type { TestServer } from "./server.ts";
import { tinyBertGguf } from "./tiny_bert.ts";
import { tinyGguf } from "./tiny_gguf.ts";
import { eventually } from "./wait.ts";

/** A trace that one of the requests is part of. */
export const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** An answer that does not end by itself before somebody ends it. */
const LONG = {
  format: { type: "array", items: { type: "integer" }, minItems: 10_000 },
  options: { num_predict: 100_000 },
};

const SHORT = { num_predict: 5 };

const MESSAGES = [{ role: "user", content: "hi" }];

type Headers = Readonly<Record<string, string>>;

interface Secrets {
  readonly ann: string;
  readonly carl: string;
  /** An admin's. */
  readonly boss: string;
}

async function createModels(baseUrl: string): Promise<void> {
  for (const [name, gguf] of [["m", tinyGguf()], ["e", tinyBertGguf()]]) {
    const path = await Deno.makeTempFile();
    await Deno.writeFile(path, gguf as Uint8Array);
    await createModel(baseUrl, String(name), path);
    await Deno.remove(path);
  }
}

function createKeys(path: string): Secrets {
  const unlimited = { admin: false, tokens: {}, requests: {} };
  return {
    ann: createKey(path, { ...unlimited, name: "ann" }),
    carl: createKey(path, { ...unlimited, name: "carl", models: ["e"] }),
    boss: createKey(path, { ...unlimited, name: "boss", admin: true }),
  };
}

/** A server somebody asks with a key. */
class Client {
  readonly #baseUrl: string;
  readonly #key: string;

  constructor(baseUrl: string, key: string) {
    this.#baseUrl = baseUrl;
    this.#key = key;
  }

  post(path: string, body: unknown, headers: Headers = {}): Promise<Response> {
    return fetch(this.#baseUrl + path, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#key}`, ...headers },
      body: JSON.stringify(body),
    });
  }

  async ask(path: string, body: unknown, headers?: Headers): Promise<void> {
    const response = await this.post(path, body, headers);
    assertEquals(response.status, 200, await response.text());
  }

  /** Waits until the server knows that all its engines have ended. */
  async noneLoaded(): Promise<void> {
    const headers = { Authorization: `Bearer ${this.#key}` };
    await eventually(async () => {
      const response = await fetch(`${this.#baseUrl}/api/ps`, { headers });
      assertEquals(await response.json(), { models: [] });
    });
  }

  /** Begins an answer that does not end by itself. */
  async begin(): Promise<AsyncGenerator<Record<string, unknown>>> {
    const body = { model: "m", prompt: "hi", ...LONG };
    const lines = readLines(await this.post("/api/generate", body));
    await lines.next();
    return lines;
  }
}

async function complete(client: Client): Promise<void> {
  const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
  const chat = { model: "m", messages: MESSAGES };
  const ollama = { ...chat, options: SHORT };
  await Promise.all([
    client.ask("/api/chat", ollama, { traceparent }),
    client.ask("/api/chat", { ...ollama, stream: false }),
    client.ask("/v1/chat/completions", { ...chat, max_tokens: 4, n: 2 }),
    client.ask("/v1/messages", { ...chat, max_tokens: 4, stream: true }),
    client.ask("/v1/responses", {
      model: "m",
      input: "hi",
      max_output_tokens: 4,
    }),
    client.ask("/v1/completions", { model: "m", prompt: "a", max_tokens: 3 }),
    client.ask("/api/embed", { model: "e", input: ["one", "two words"] }),
    client.ask("/v1/embeddings", { model: "e", input: "three" }),
  ]);
}

async function cancel(client: Client): Promise<void> {
  const lines = await client.begin();
  await lines.return(undefined);
}

async function fail(client: Client, server: TestServer): Promise<void> {
  const lines = await client.begin();
  childrenOf(server.pid).forEach((pid) => Deno.kill(pid, "SIGKILL"));
  for await (const line of lines) {
    if (line["error"]) {
      return await client.noneLoaded();
    }
  }
  assert(false, "the answer did not fail");
}

async function reject(client: Client): Promise<void> {
  const body = { model: "m", messages: MESSAGES };
  const response = await client.post("/api/chat", body);
  assertEquals(response.status, 403, await response.text());
}

/** Lets everything happen and come to its end; answers the admin's key. */
export async function mixedRun(server: TestServer): Promise<string> {
  const { baseUrl, folder } = server;
  await createModels(baseUrl);
  const { ann, boss, carl } = createKeys(`${folder}/keys.json`);
  const client = new Client(baseUrl, ann);
  await eventually(async () => {
    const refused = await fetch(`${baseUrl}/api/tags`);
    await refused.body?.cancel();
    assertEquals(refused.status, 401);
  });
  await complete(client);
  await cancel(client);
  await reject(new Client(baseUrl, carl));
  await fail(client, server);
  await complete(new Client(baseUrl, boss));
  await eventually(async () => {
    const live = await usageOf(baseUrl, boss, "live=true");
    assertEquals(live.in_flight, []);
  });
  return boss;
}

/** An answer of `/api/usage`. */
export interface UsageAnswer {
  readonly usage: readonly Readonly<Record<string, string | number>>[];
  readonly in_flight?: readonly unknown[];
  readonly check?: { readonly difference: number };
}

/** Asks `/api/usage` with a key. */
export async function usageOf(
  baseUrl: string,
  key: string,
  query: string,
): Promise<UsageAnswer> {
  const response = await fetch(`${baseUrl}/api/usage?${query}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  return await response.json();
}
