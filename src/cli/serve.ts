/**
 * `tally serve`: wires the parts together and serves until it is told to
 * stop.
 *
 * @module
 */

import {
  clientUrl,
  type Config,
  ConfigError,
  ineffectiveVariables,
} from "../config.ts";
import { createApp } from "../http/app.ts";
import { watchPeers } from "../http/peer_watch.ts";
import { createLog, type Log } from "../log.ts";
import { Registry } from "../models/registry.ts";
import { ModelStore } from "../models/store.ts";
import { Transfers } from "../registry/transfers.ts";
import { parseGoTemplate } from "../prompt/go_template/template.ts";
import { EngineClient } from "../runtime/engine_client.ts";
import { startEngineProcess } from "../runtime/engine_process.ts";
import { Inference } from "../runtime/inference.ts";
import { ModelPool, type ModelPoolOptions } from "../runtime/model_pool.ts";
import { quantize } from "../runtime/quantizer.ts";
import { systemMemory } from "../runtime/system_memory.ts";
import type { Ledger } from "../usage/ledger.ts";
import { Metrics } from "../usage/metrics.ts";
import { VERSION } from "../version.ts";
import { type Accounting, openAccounting } from "./accounting.ts";
import { openTelemetry } from "./telemetry.ts";

/** Share of the machine's memory that models may take. */
const MEMORY_SHARE = 0.95;

/** Time that requests under way get when the server is told to stop, ms. */
const SHUTDOWN_GRACE_MS = 5000;

/** What is free now plus what our models hold, within the machine's size. */
function memoryLimit(config: Config): (takenBytes: number) => number {
  return (takenBytes) => {
    if (config.memoryLimit > 0) {
      return config.memoryLimit;
    }
    const { total, available } = systemMemory();
    return Math.min(total * MEMORY_SHARE, available + takenBytes);
  };
}

function engineLoader(
  config: Config,
  ledger: Ledger,
  log: Log,
): ModelPoolOptions["load"] {
  let count = 0;
  return (spec, availableBytes) => {
    const id = `engine-${++count}`;
    const process = startEngineProcess((line) =>
      log.debug(line, { engine: id })
    );
    const { loadTimeoutMs } = config;
    return EngineClient.start(spec, {
      id,
      process,
      counters: ledger,
      loadTimeoutMs,
      availableBytes,
    });
  };
}

function createInference(
  config: Config,
  { ledger, limits }: Accounting,
  log: Log,
): Inference {
  const cores = config.threads || navigator.hardwareConcurrency;
  const pool = new ModelPool({
    load: engineLoader(config, ledger, log),
    memoryLimit: memoryLimit(config),
    maxLoadedModels: config.maxLoadedModels,
    maxQueue: config.maxQueue,
    keepAliveMs: config.keepAliveMs,
    cores,
    log,
  });
  return new Inference({ pool, meters: ledger, limits, config, cores });
}

/** Metrics that hear of every request. */
function openMetrics(accounting: Accounting, inference: Inference): Metrics {
  const metrics = new Metrics({
    ...accounting,
    loaded: () => inference.loaded(),
    queueLength: () => inference.queueLength,
    version: VERSION,
  });
  accounting.listeners.push((entry) => metrics.add(entry));
  return metrics;
}

/** A folder for requests, when they are to be kept. */
async function requestLogFolder(
  { logRequests }: Config,
  log: Log,
): Promise<{ requestLogFolder?: string }> {
  if (!logRequests) {
    return {};
  }
  const folder = await Deno.makeTempDir({ prefix: "tally-request-logs-" });
  log.info(`inference requests are kept, bodies included, in ${folder}`);
  return { requestLogFolder: folder };
}

/** The store of models. Throws an error that says what to do. */
async function openStore({ modelsDir, noPrune }: Config): Promise<ModelStore> {
  const store = new ModelStore(modelsDir);
  try {
    await store.open({ prune: !noPrune });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `Cannot use the models folder ${modelsDir}: ${reason}. ` +
        "Set OLLAMA_MODELS to another folder, or mend this one.",
      { cause },
    );
  }
  return store;
}

/** Resolves when the process is told to stop. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    Deno.addSignalListener("SIGINT", resolve);
    if (Deno.build.os !== "windows") {
      Deno.addSignalListener("SIGTERM", resolve);
    }
  });
}

/** Serves until a signal; returns the exit code. */
export async function serve(config: Config): Promise<number> {
  const log = createLog(config.logLevel);
  for (const { name, help } of ineffectiveVariables()) {
    log.warn(`${name} has no effect here: ${help}`);
  }
  const store = await openStore(config);
  const registry = new Registry(store, (message) => log.warn(message), config);
  const transfers = new Transfers({ store, noPrune: config.noPrune });
  const accounting = openAccounting(config, log);
  const closeTelemetry = await openTelemetry(config, accounting, log);
  const inference = createInference(config, accounting, log);
  const app = createApp({
    config,
    log,
    store,
    registry,
    transfers,
    inference,
    ...accounting,
    metrics: openMetrics(accounting, inference),
    checkTemplate: parseGoTemplate,
    rewrite: quantize,
    version: VERSION,
    ...await requestLogFolder(config, log),
  });
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname: config.host.hostname,
      port: config.host.port,
      onListen: ({ hostname, port }) =>
        log.info("serving", {
          url: clientUrl({ scheme: "http", hostname, port }),
          models: config.modelsDir,
          version: VERSION,
        }),
    }, watchPeers(app.fetch, () => server.addr.port));
  } catch (error) {
    const { hostname, port } = config.host;
    log.error(
      `Cannot listen on ${hostname}:${port}: ${(error as Error).message}. ` +
        "Set OLLAMA_HOST to another address, or stop what listens there.",
    );
    return 1;
  }
  await toldToStop();
  log.info("stopping");
  transfers.close();
  const stopped = server.shutdown();
  const timer = setTimeout(() => inference.close(), SHUTDOWN_GRACE_MS);
  await stopped;
  clearTimeout(timer);
  await inference.close();
  await accounting.archive.close();
  await closeTelemetry();
  return 0;
}
