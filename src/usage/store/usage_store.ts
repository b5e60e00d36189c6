/**
 * The durable part of the ledger as the server sees it: requests that have
 * ended go in and are written in batches; questions come back answered.
 *
 * @module
 */

import type { Log } from "../../log.ts";
import { Batch } from "../batch.ts";
import type { Entry } from "../entry.ts";
import type { Claim, SharedBudgets, Verdict } from "../keys/claim.ts";
import type { UsageGroup, UsageQuery } from "../query.ts";
import type { UsageArchive } from "./archive.ts";
import type { RunTotals, SharedState, StorageState } from "./entry_store.ts";
import type { StoredEntry } from "./tables.ts";
import type {
  Question,
  StoreOptions,
  WorkerCommand,
  WorkerReport,
} from "./worker_messages.ts";

/** Options of a {@linkcode UsageStore}. */
export interface UsageStoreOptions extends StoreOptions {
  readonly log: Log;
}

type Waiting = PromiseWithResolvers<unknown>;

/** See the module's description. */
export class UsageStore implements UsageArchive, SharedBudgets {
  readonly #worker: Worker;
  readonly #log: Log;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  readonly #batch = new Batch<Entry>((entries) =>
    this.#tell({ type: "write", entries })
  );
  #state: StorageState;
  /** Why the worker is gone. */
  #broken: string | undefined;

  constructor({ log, ...options }: UsageStoreOptions) {
    const { path } = options;
    this.#log = log;
    this.#state = { ...(path === undefined ? {} : { path }), unwritten: 0 };
    this.#worker = new Worker(new URL("./store_worker.ts", import.meta.url), {
      type: "module",
      name: "usage store",
    });
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerReport>) =>
      this.#onReport(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#tell({ type: "open", options });
  }

  /** Takes a request that has ended; never waits. */
  add(entry: Entry): void {
    this.#batch.add(entry);
  }

  get state(): StorageState {
    return this.#state;
  }

  query(query: UsageQuery): Promise<readonly UsageGroup[]> {
    return this.#ask({ about: "query", query });
  }

  entry(id: string): Promise<StoredEntry | undefined> {
    return this.#ask({ about: "entry", id });
  }

  runTotals(): Promise<RunTotals> {
    return this.#ask({ about: "runTotals" });
  }

  reserve(claim: Claim): Promise<Verdict | undefined> {
    return this.#ask({ about: "reserve", claim });
  }

  /** Writes what has ended, without waiting for more. */
  flush(): void {
    this.#batch.flush();
  }

  /** Writes what is left and ends the worker. */
  async close(): Promise<void> {
    try {
      await this.#ask({ about: "close" });
    } catch (error) {
      this.#log.error("the ledger could not be closed", { error });
    }
    this.#worker.terminate();
  }

  /** Asks about all requests that have ended before now. */
  async #ask<T>(question: Question): Promise<T> {
    if (this.#broken !== undefined) {
      throw new Error(this.#broken);
    }
    this.#batch.flush();
    const number = ++this.#asked;
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.set(number, waiting);
    this.#tell({ type: "ask", number, question });
    return await waiting.promise as T;
  }

  #tell(command: WorkerCommand): void {
    this.#worker.postMessage(command);
  }

  #onReport(report: WorkerReport): void {
    if (report.type === "state") {
      this.#onState(report.state);
      return;
    }
    const { number, value, error } = report;
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error === undefined) {
      waiting?.resolve(value);
    } else {
      waiting?.reject(new Error(error));
    }
  }

  #onState(state: StorageState): void {
    const before = this.#state;
    this.#state = state;
    this.#logFile(before, state);
    this.#logShared(before.shared, state.shared);
  }

  #logFile({ problem: before }: StorageState, { path, problem }: StorageState) {
    if (problem !== undefined && before === undefined) {
      this.#log.warn(
        "the ledger's file cannot be written; usage is kept in memory until " +
          "it can. Look at the disk, or set TALLY_LEDGER to another file",
        { path, problem },
      );
    } else if (problem === undefined && before !== undefined) {
      this.#log.info("the ledger's file is written again", { path });
    }
  }

  #logShared(before?: SharedState, now?: SharedState): void {
    if (now?.problem !== undefined && now.problem !== before?.problem) {
      this.#log.warn(
        "the shared ledger cannot be reached; usage is kept in this server's " +
          "own file until it can",
        { database: now.url, problem: now.problem },
      );
    } else if (now?.isCurrent && !before?.isCurrent) {
      this.#log.info("the shared ledger is written", { database: now.url });
    }
  }

  /** The worker has ended, which only a defect can make it do. */
  #fail(message: string): void {
    this.#log.error("the ledger's worker has ended", { error: message });
    this.#broken = message;
    this.#state = { ...this.#state, problem: message };
    for (const waiting of this.#waiting.values()) {
      waiting.reject(new Error(message));
    }
    this.#waiting.clear();
  }
}
