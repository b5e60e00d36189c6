import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { createLog } from "../../../src/log.ts";
import type { EngineSpec } from "../../../src/messages.ts";
import type { ResolvedModel } from "../../../src/models/model.ts";
import { EngineClient } from "../../../src/runtime/engine_client.ts";
import {
  ModelPool,
  type ModelPoolOptions,
} from "../../../src/runtime/model_pool.ts";
import type { Wanted } from "../../../src/runtime/runner.ts";
import { ScriptedEngine } from "../../testing/scripted_engine.ts";

const NEVER_ABORTED = new AbortController().signal;

/** A pool over scripted engines, which load at once unless told otherwise. */
function createPool(options: Partial<ModelPoolOptions> = {}) {
  const engines: ScriptedEngine[] = [];
  const available: number[] = [];
  const settings = { autoReady: true };
  const load = (spec: EngineSpec, availableBytes: number) => {
    available.push(availableBytes);
    const process = new ScriptedEngine();
    engines.push(process);
    const client = EngineClient.start(spec, {
      id: `e${engines.length}`,
      process,
      counters: { engineTotals() {} },
      loadTimeoutMs: Infinity,
    });
    if (settings.autoReady) {
      process.ready({ sizeBytes: 100 });
    }
    return client;
  };
  const pool = new ModelPool({
    load,
    memoryLimit: () => Infinity,
    maxLoadedModels: 3,
    maxQueue: 4,
    keepAliveMs: 60_000,
    cores: 4,
    log: createLog("error", () => {}),
    ...options,
  });
  return { pool, engines, available, settings };
}

function wanted(name: string, contextLength = 64): Wanted {
  return {
    key: name,
    model: { shortName: name } as ResolvedModel,
    spec: { modelPath: name, contextLength } as EngineSpec,
    bytes: 100,
  };
}

function names(pool: ModelPool): string[] {
  return pool.loaded().map((each) => each.model.shortName).sort();
}

/** Lets everything that can happen without time passing happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("ModelPool.acquire() loads once for all who wait", async () => {
  const { pool, engines, settings } = createPool();
  settings.autoReady = false;
  const first = pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  const second = pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  engines[0]?.ready();
  const leases = await Promise.all([first, second]);
  assertEquals(engines.length, 1);
  assert(leases.every((lease) => lease.loadNs > 0));
  assertEquals(pool.loaded()[0]?.running, 2);
  await pool.close();
});

Deno.test("ModelPool.acquire() makes the third wait for one of two slots", async () => {
  const { pool } = createPool();
  const first = await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  let granted = false;
  const third = pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  third.then(() => granted = true);
  await settle();
  assertEquals([granted, pool.loaded()[0]?.waiting], [false, 1]);
  first.release();
  first.release();
  await third;
  assertEquals(pool.loaded()[0]?.running, 2);
  await pool.close();
});

Deno.test("ModelPool.acquire() refuses when the queue is full, loaded or not", async () => {
  const { pool } = createPool({ maxQueue: 1 });
  await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  pool.acquire(wanted("a"), undefined, NEVER_ABORTED).catch(() => {});
  const error = await assertRejects(
    () => pool.acquire(wanted("a"), undefined, NEVER_ABORTED),
    ServerError,
    "server busy, please try again.  maximum pending requests exceeded",
  );
  assertEquals([error.status, error.retryAfter], [503, 1]);
  await pool.close();
});

Deno.test("ModelPool.acquire() leaves the queue when its signal aborts", async () => {
  const { pool } = createPool();
  await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  const leaving = new AbortController();
  const waiting = pool.acquire(wanted("a"), undefined, leaving.signal);
  leaving.abort();
  const error = await assertRejects(() => waiting, ServerError);
  assertEquals(error.status, 499);
  assertEquals(pool.loaded()[0]?.waiting, 0);
  await pool.close();
});

Deno.test("ModelPool evicts the idle model that was used longest ago", async () => {
  const { pool } = createPool({ maxLoadedModels: 2 });
  for (const name of ["a", "b"]) {
    (await pool.acquire(wanted(name), undefined, NEVER_ABORTED)).release();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  (await pool.acquire(wanted("c"), undefined, NEVER_ABORTED)).release();
  assertEquals(names(pool), ["b", "c"]);
  await pool.close();
});

Deno.test("ModelPool evicts as much as the memory limit asks for", async () => {
  const { pool } = createPool({ memoryLimit: () => 250 });
  for (const name of ["a", "b", "c"]) {
    (await pool.acquire(wanted(name), undefined, NEVER_ABORTED)).release();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  assertEquals(names(pool), ["b", "c"]);
  await pool.close();
});

Deno.test("ModelPool tells each engine how much memory is left for it", async () => {
  const { pool, available } = createPool({
    memoryLimit: (taken) => 150 + taken,
  });
  for (const name of ["a", "b"]) {
    (await pool.acquire(wanted(name), undefined, NEVER_ABORTED)).release();
  }
  assertEquals(available, [150, 150]);
  await pool.close();
});

Deno.test("ModelPool lets the engine refuse what is larger than the memory", async () => {
  const { pool, available } = createPool({ memoryLimit: () => 50 });
  (await pool.acquire(wanted("a"), undefined, NEVER_ABORTED)).release();
  (await pool.acquire(wanted("b"), undefined, NEVER_ABORTED)).release();
  assertEquals([available, names(pool)], [[50, 50], ["b"]]);
  await pool.close();
});

Deno.test("ModelPool loads no more models than it may", async () => {
  const { pool } = createPool({ maxLoadedModels: 1 });
  for (const name of ["a", "b", "a"]) {
    (await pool.acquire(wanted(name), undefined, NEVER_ABORTED)).release();
    assertEquals(names(pool), [name]);
  }
  await pool.close();
});

Deno.test("ModelPool waits for a busy model's end, and nobody overtakes", async () => {
  const { pool } = createPool({ maxLoadedModels: 1 });
  const busy = await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  const order: string[] = [];
  const next = pool.acquire(wanted("b"), undefined, NEVER_ABORTED)
    .then((lease) => {
      order.push("b");
      return lease;
    });
  const late = pool.acquire(wanted("a"), undefined, NEVER_ABORTED)
    .then((lease) => {
      order.push("a");
      return lease;
    });
  await settle();
  assertEquals(order, []);
  busy.release();
  (await next).release();
  (await late).release();
  assertEquals(order, ["b", "a"]);
  await pool.close();
});

Deno.test("ModelPool reloads a model that is asked for with other options", async () => {
  const { pool, engines } = createPool();
  (await pool.acquire(wanted("a"), undefined, NEVER_ABORTED)).release();
  (await pool.acquire(wanted("a", 128), undefined, NEVER_ABORTED)).release();
  assertEquals(engines.map((each) => each.spec?.contextLength), [64, 128]);
  assertEquals(names(pool), ["a"]);
  await pool.close();
});

Deno.test("ModelPool unloads at once with a keep-alive of 0, never with Infinity", async () => {
  const { pool } = createPool();
  (await pool.acquire(wanted("a"), 0, NEVER_ABORTED)).release();
  (await pool.acquire(wanted("b"), Infinity, NEVER_ABORTED)).release();
  await settle();
  assertEquals(names(pool), ["b"]);
  assert((pool.loaded()[0]?.expiresAt.getFullYear() ?? 0) > 2300);
  await pool.close();
});

Deno.test("ModelPool.unload() waits for the last request of a busy model", async () => {
  const { pool } = createPool();
  const lease = await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  await pool.unload("a");
  assertEquals(names(pool), ["a"]);
  lease.release();
  await settle();
  assertEquals(names(pool), []);
});

Deno.test("ModelPool tells everybody who waited why a load failed, then tries afresh", async () => {
  const { pool, engines, settings } = createPool();
  settings.autoReady = false;
  const waiting = [1, 2].map(() =>
    pool.acquire(wanted("a"), undefined, NEVER_ABORTED)
  );
  engines[0]?.emit({ type: "load_failed", message: "no such file" });
  for (const each of await Promise.allSettled(waiting)) {
    assertEquals(each.status, "rejected");
  }
  settings.autoReady = true;
  (await pool.acquire(wanted("a"), undefined, NEVER_ABORTED)).release();
  assertEquals(engines.length, 2);
  await pool.close();
});

Deno.test("ModelPool gives the next request a fresh engine after a death", async () => {
  const { pool, engines } = createPool();
  const lease = await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  engines[0]?.kill();
  await lease.engine.closed;
  await settle();
  assertEquals(names(pool), []);
  lease.release();
  (await pool.acquire(wanted("a"), undefined, NEVER_ABORTED)).release();
  assertEquals([engines.length, names(pool).length], [2, 1]);
  await pool.close();
});

Deno.test("ModelPool shares the cores among the models at work", async () => {
  const { pool, engines } = createPool();
  const threads = (index: number) =>
    engines[index]?.commands.flatMap((each) =>
      each.type === "threads" ? [each.count] : []
    );
  const first = await pool.acquire(wanted("a"), undefined, NEVER_ABORTED);
  assertEquals(threads(0), []);
  const second = await pool.acquire(wanted("b"), undefined, NEVER_ABORTED);
  assertEquals([threads(0), threads(1)], [[2], [2]]);
  second.release();
  assertEquals(threads(0), [2, 4]);
  first.release();
  await pool.close();
});
