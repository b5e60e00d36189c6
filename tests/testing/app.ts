/**
 * The HTTP application over fakes.
 *
 * @module
 */

import { readConfig } from "../../src/config.ts";
import { ServerError } from "../../src/errors.ts";
import { createApp } from "../../src/http/app.ts";
import type { ModelRegistry } from "../../src/http/deps.ts";
import { createLog } from "../../src/log.ts";
import type { ResolvedModel } from "../../src/models/model.ts";
import { fullName, parseModelName } from "../../src/models/name.ts";
import type { ModelStore } from "../../src/models/store.ts";
import { Transfers } from "../../src/registry/transfers.ts";
import type { Keyring } from "../../src/usage/keys/keyring.ts";
import { Ledger } from "../../src/usage/ledger.ts";
import { Metrics } from "../../src/usage/metrics.ts";
import { UsageDatabase } from "../../src/usage/store/usage_database.ts";
import { archiveOf } from "./archive.ts";
import { FakeInference } from "./fake_inference.ts";
import { fakeModel } from "./fake_model.ts";

/** Models every test application has. */
export const MODELS: readonly ResolvedModel[] = [
  fakeModel("plain"),
  fakeModel("embedder", { capabilities: ["embedding"] }),
  fakeModel("ranker", { capabilities: ["embedding", "rerank"] }),
  fakeModel("thinker", { capabilities: ["completion", "tools", "thinking"] }),
  fakeModel("filler", { capabilities: ["completion", "insert"] }),
  fakeModel("tuned", {
    system: "Be brief.",
    messages: [
      { role: "user", content: "1+1?" },
      { role: "assistant", content: "2" },
    ],
    parameters: {
      temperature: 0.3,
      top_k: 5,
      seed: 7,
      num_ctx: 1024,
      stop: ["<|end|>", "Q:"],
    },
  }),
];

/** The registry's part of a store, in memory. */
export class FakeRegistry {
  readonly models: ResolvedModel[] = [...MODELS];
  readonly copies: [string, string][] = [];
  readonly deletions: string[] = [];

  resolve(name: string): Promise<ResolvedModel> {
    const wanted = fullName(parseModelName(name)).toLowerCase();
    const found = this.models.find((model) =>
      fullName(model.name).toLowerCase() === wanted
    );
    return found === undefined
      ? Promise.reject(
        new ServerError("not_found", `model '${name}' not found`),
      )
      : Promise.resolve(found);
  }

  list(): Promise<ResolvedModel[]> {
    return Promise.resolve(this.models);
  }

  copy(source: string, destination: string): Promise<void> {
    this.copies.push([source, destination]);
    return Promise.resolve();
  }

  delete(name: string): Promise<void> {
    this.deletions.push(name);
    return Promise.resolve();
  }
}

/** Blobs, in memory, taken without looking at their digest. */
export class FakeStore {
  readonly blobs: Map<string, string> = new Map();

  hasBlob(digest: string): Promise<boolean> {
    return Promise.resolve(this.blobs.has(digest));
  }

  async writeBlob(
    digest: string,
    content: ReadableStream<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    this.blobs.set(digest, await new Response(content).text());
  }
}

/** What a test may choose. */
export interface TestAppOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of the fakes. */
  readonly store?: ModelStore;
  readonly registry?: ModelRegistry;
  readonly keyring?: Keyring;
}

/** An application with its fakes and a way to ask it. */
export function testApp(options: TestAppOptions = {}) {
  const { environment = {} } = options;
  const inference = new FakeInference();
  const registry = new FakeRegistry();
  const store = new FakeStore();
  const database = new UsageDatabase({ server: "test", run: "1" });
  const archive = archiveOf(database);
  const ledger = new Ledger((entry) => {
    database.write([entry]);
    metrics.add(entry);
    // Counts at once: Deno 2.4 takes a timer that waits for a leak.
    metrics.text();
  });
  const metrics = new Metrics({
    ledger,
    archive,
    loaded: () => inference.loaded(),
    queueLength: () => inference.queueLength,
    version: "1.2.3",
  });
  const errors: string[] = [];
  // The fake lacks what no route but create sees.
  const models = options.store ?? store as unknown as ModelStore;
  const app = createApp({
    config: readConfig((name) => environment[name]),
    log: createLog("error", (line) => errors.push(line)),
    registry: options.registry ?? registry,
    store: models,
    transfers: new Transfers({ store: models }),
    inference,
    ledger,
    archive,
    metrics,
    ...(options.keyring === undefined ? {} : { keyring: options.keyring }),
    version: "1.2.3",
  });
  const post = async (path: string, body: unknown): Promise<Response> =>
    await app.request(path, {
      method: "POST",
      body: body === undefined ? "" : JSON.stringify(body),
    });
  return { app, inference, registry, store, ledger, post, errors };
}
