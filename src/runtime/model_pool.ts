/**
 * Which models are loaded: leases, the one bounded queue, eviction of idle
 * models, keep-alive. (Which tokens are evaluated next is the engine's
 * scheduler's business.)
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { EngineSpec } from "../messages.ts";
import { CoreBudget } from "./core_budget.ts";
import type { EngineClient } from "./engine_client.ts";
import { Runner, type Wanted } from "./runner.ts";

/** Seconds a client is told to wait when the queue is full. */
const RETRY_AFTER_S = 1;

/** Effects and limits of a {@linkcode ModelPool}. */
export interface ModelPoolOptions {
  /** Starts an engine with a model in it, which has so much memory. */
  readonly load: (
    spec: EngineSpec,
    availableBytes: number,
  ) => Promise<EngineClient>;
  /** Bytes all models together may take, given what they take now. */
  readonly memoryLimit: (takenBytes: number) => number;
  readonly maxLoadedModels: number;
  readonly maxQueue: number;
  readonly keepAliveMs: number;
  readonly cores: number;
  readonly log: Log;
}

/** The right to use a loaded model. */
export interface Lease {
  readonly engine: EngineClient;
  /** From asking to having it, in nanoseconds; at least 1. */
  readonly loadNs: number;
  /** Of these, waiting for a turn on the model when it was there. */
  readonly queueNs: number;
  /** Gives it back; later calls do nothing. */
  release(): void;
}

interface Waiter {
  readonly wanted: Wanted;
  readonly keepAliveMs: number;
  readonly grant: (runner: Runner, client: EngineClient) => void;
  readonly refuse: (error: Error) => void;
}

/** A loaded model as `/api/ps` shows it. */
export interface LoadedModel {
  readonly model: Wanted["model"];
  readonly sizeBytes: number;
  readonly gpuBytes: number;
  readonly contextLength: number;
  readonly expiresAt: Date;
  readonly running: number;
  readonly waiting: number;
}

/** The furthest date clients can read; stands for "never". */
const NEVER = new Date("2318-01-01T00:00:00Z");

/** The models in memory and the requests that wait for them. */
export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #cores: CoreBudget;
  readonly #runners = new Map<string, Runner>();
  readonly #closing = new Set<Runner>();
  #waiting: Waiter[] = [];

  constructor(options: ModelPoolOptions) {
    this.#options = options;
    this.#cores = new CoreBudget(options.cores);
  }

  /**
   * Waits for a turn on the model, loading it when it is not there.
   * Throws `queue_full`, `load_failed` or, when `signal` aborts, `cancelled`.
   */
  acquire(
    wanted: Wanted,
    keepAliveMs: number | undefined,
    signal: AbortSignal,
  ): Promise<Lease> {
    const asked = performance.now();
    const keepAlive = keepAliveMs ?? this.#options.keepAliveMs;
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const leave = () => {
      this.#waiting = this.#waiting.filter((each) => each !== waiter);
      reject(new ServerError("cancelled", "request canceled"));
      this.#dispatch();
    };
    const waiter: Waiter = {
      wanted,
      keepAliveMs: keepAlive,
      grant: (runner, engine) => {
        signal.removeEventListener("abort", leave);
        const release = this.#releaseOnce(runner);
        resolve({ engine, ...waitedSince(asked, runner.readyAt), release });
      },
      refuse: (error) => {
        signal.removeEventListener("abort", leave);
        reject(error);
      },
    };
    if (signal.aborted) {
      leave();
      return promise;
    }
    signal.addEventListener("abort", leave);
    this.#waiting.push(waiter);
    this.#dispatch();
    this.#boundQueue(waiter);
    return promise;
  }

  /** Unloads a model now, or when its last request has ended. */
  async unload(key: string): Promise<void> {
    const runner = this.#runners.get(key);
    if (runner === undefined) {
      return;
    }
    if (runner.idle) {
      await this.#close(runner);
    } else {
      runner.stayNoLonger();
    }
  }

  /** Loaded models, the one that stays longest first. */
  loaded(): LoadedModel[] {
    const ready = [...this.#runners.values()]
      .filter((runner) => runner.client !== undefined);
    return ready.sort((a, b) => b.expiresAt - a.expiresAt)
      .map((runner) => this.#describe(runner));
  }

  /** Requests that wait for a turn, on models that are loading too. */
  get queueLength(): number {
    return this.#waiting.length;
  }

  /** Refuses who waits and ends every engine. */
  async close(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) {
      waiter.refuse(new ServerError("cancelled", "the server is stopping"));
    }
    await Promise.all([
      ...[...this.#runners.values()].map((runner) => this.#close(runner)),
      ...[...this.#closing].map((runner) => runner.client?.closed),
    ]);
  }

  #describe(runner: Runner): LoadedModel {
    const { key, model } = runner.wanted;
    const expires = runner.expiresAt;
    return {
      model,
      sizeBytes: runner.sizeBytes,
      gpuBytes: runner.client?.info.gpuBytes ?? 0,
      contextLength: runner.client?.info.contextLength ?? 0,
      expiresAt: expires > NEVER.getTime() ? NEVER : new Date(expires),
      running: runner.active,
      waiting: this.#waiting.filter((each) => each.wanted.key === key).length,
    };
  }

  #boundQueue(newest: Waiter): void {
    const waits = this.#waiting.includes(newest);
    if (waits && this.#waiting.length > this.#options.maxQueue) {
      this.#waiting = this.#waiting.filter((each) => each !== newest);
      newest.refuse(
        new ServerError(
          "queue_full",
          "server busy, please try again.  maximum pending requests exceeded",
          { retryAfter: RETRY_AFTER_S },
        ),
      );
    }
  }

  /**
   * Serves who can be served, first come, first served for each model. Who
   * waits for room holds back those behind who would keep it from him.
   */
  #dispatch(): void {
    const held = new Set<string>();
    let roomWanted = false;
    for (const waiter of [...this.#waiting]) {
      const { key } = waiter.wanted;
      const runner = this.#runners.get(key);
      if (held.has(key)) {
        continue;
      }
      if (runner === undefined && !roomWanted) {
        const victim = this.#loadOrMakeRoom(waiter);
        roomWanted = victim !== "loading";
        if (victim instanceof Runner) {
          held.add(victim.wanted.key);
        }
      } else if (runner !== undefined && this.#serve(waiter, runner)) {
        continue;
      }
      held.add(key);
    }
    this.#shareCores();
  }

  /** Grants a turn if there is one; reloads an idle model that differs. */
  #serve(waiter: Waiter, runner: Runner): boolean {
    const { client } = runner;
    if (client === undefined) {
      return false;
    }
    if (!runner.serves(waiter.wanted.spec)) {
      if (runner.idle) {
        this.#close(runner);
      }
      return false;
    }
    if (runner.active >= client.info.parallel) {
      return false;
    }
    runner.lease(waiter.keepAliveMs);
    this.#waiting = this.#waiting.filter((each) => each !== waiter);
    waiter.grant(runner, client);
    return true;
  }

  /** Starts the load, or answers whose end it has to wait for. */
  #loadOrMakeRoom(waiter: Waiter): "loading" | "closing" | Runner {
    const occupied = [...this.#runners.values(), ...this.#closing];
    if (this.#hasRoom(waiter.wanted, occupied)) {
      this.#load(waiter);
      return "loading";
    }
    const stays = [...this.#runners.values()];
    stays.sort((a, b) => a.lastUsed - b.lastUsed);
    while (!this.#hasRoom(waiter.wanted, stays)) {
      const victim = stays.find((runner) => runner.idle);
      if (victim === undefined) {
        return stays[0] ?? "closing";
      }
      stays.splice(stays.indexOf(victim), 1);
      this.#close(victim);
    }
    return "closing";
  }

  /** An empty house has room for anything: the engine, which knows the GPUs,
   * will say if not. */
  #hasRoom(wanted: Wanted, others: readonly Runner[]): boolean {
    if (others.length === 0) {
      return true;
    }
    const taken = takenBytes(others);
    return others.length < this.#options.maxLoadedModels &&
      taken + wanted.bytes <= this.#options.memoryLimit(taken);
  }

  async #load(waiter: Waiter): Promise<void> {
    const { wanted } = waiter;
    const taken = takenBytes([...this.#runners.values(), ...this.#closing]);
    const available = this.#options.memoryLimit(taken) - taken;
    const runner = new Runner(wanted, waiter.keepAliveMs);
    this.#runners.set(wanted.key, runner);
    const { log } = this.#options;
    const started = performance.now();
    try {
      const client = await this.#options.load(wanted.spec, available);
      runner.client = client;
      runner.readyAt = performance.now();
      client.closed.then(() => this.#forget(runner));
      if (runner.closing) {
        await client.close();
        return;
      }
      const ms = Math.round(performance.now() - started);
      log.info("model loaded", { model: wanted.model.shortName, ms });
      this.#startExpiry(runner);
    } catch (error) {
      log.error("model failed to load", {
        model: wanted.model.shortName,
        error: String(error),
      });
      this.#refuseAll(wanted, error as Error);
      this.#forget(runner);
    }
    this.#dispatch();
  }

  #refuseAll(wanted: Wanted, error: Error): void {
    const concerned = this.#waiting.filter((each) =>
      each.wanted.key === wanted.key &&
      JSON.stringify(each.wanted.spec) === JSON.stringify(wanted.spec)
    );
    this.#waiting = this.#waiting.filter((each) => !concerned.includes(each));
    for (const waiter of concerned) {
      waiter.refuse(error);
    }
  }

  #releaseOnce(runner: Runner): () => void {
    let held = true;
    return () => {
      if (held) {
        held = false;
        runner.release();
        if (runner.idle) {
          this.#startExpiry(runner);
        }
        this.#dispatch();
      }
    };
  }

  #startExpiry(runner: Runner): void {
    runner.startExpiry(() => {
      if (runner.idle) {
        this.#close(runner);
      }
    });
  }

  /** Ends the engine; its room is free once the process is gone. */
  async #close(runner: Runner): Promise<void> {
    if (runner.closing) {
      return;
    }
    runner.closing = true;
    runner.stopExpiry();
    this.#runners.delete(runner.wanted.key);
    this.#closing.add(runner);
    await runner.client?.close();
    this.#forget(runner);
    this.#options.log.info("model unloaded", {
      model: runner.wanted.model.shortName,
    });
  }

  #forget(runner: Runner): void {
    runner.closing = true;
    runner.stopExpiry();
    this.#closing.delete(runner);
    if (this.#runners.get(runner.wanted.key) === runner) {
      this.#runners.delete(runner.wanted.key);
    }
    this.#dispatch();
  }

  #shareCores(): void {
    const working = [...this.#runners.values()]
      .filter((runner) => runner.active > 0)
      .map((runner) => runner.client)
      .filter((client) => client !== undefined);
    this.#cores.share(working);
  }
}

function takenBytes(runners: readonly Runner[]): number {
  return runners.reduce((sum, runner) => sum + runner.sizeBytes, 0);
}

/** Times in milliseconds of a clock that never jumps. */
function waitedSince(asked: number, readyAt: number) {
  const now = performance.now();
  const queued = now - Math.min(Math.max(readyAt, asked), now);
  return {
    loadNs: Math.max(1, Math.round((now - asked) * 1e6)),
    queueNs: Math.round(queued * 1e6),
  };
}
