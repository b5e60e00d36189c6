/**
 * A ledger that servers share: what this server does is written to its own
 * file first and delivered from there to PostgreSQL, in order and once. As
 * long as PostgreSQL is away or has not got everything, the file answers.
 *
 * @module
 */

import type { Entry } from "../entry.ts";
import type { Claim, Verdict } from "../keys/claim.ts";
import type { UsageGroup, UsageQuery } from "../query.ts";
import type { EntryStore, RunTotals, StorageState } from "./entry_store.ts";
import { inTime } from "./in_time.ts";
import { problemOf, publicUrl } from "./postgres_problem.ts";
import { SharedLedger } from "./shared_ledger.ts";
import type { StoredEntry } from "./tables.ts";
import { type DatabaseOptions, UsageDatabase } from "./usage_database.ts";

/** Options of a {@linkcode SharedStore}. */
export interface SharedStoreOptions extends DatabaseOptions {
  /** PostgreSQL's, with a password. */
  readonly url: string;
  /** Called when the state has changed by itself. */
  readonly onState: (state: StorageState) => void;
}

/** Requests delivered at once. */
const BATCH = 1000;

/** Time between two signs of life, milliseconds; much less than the lease. */
const BEAT_MS = 5000;

/** Time to the next try when the database is away, ms; doubled each time. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;

/** Longest time a question waits for a database that is not ready, ms. */
const CONNECT_MS = 2000;

/** Time within which requests that have ended are settled, milliseconds. */
const SETTLE_MS = 100;

/** How the database and this server stand. */
type Standing =
  /** It is being reached for the first time. */
  | "connecting"
  /** It cannot be used; the file answers. */
  | "away"
  /** It is there and has not got everything yet. */
  | "catching up"
  | "there";

function difference(a: RunTotals, b: RunTotals): RunTotals {
  return {
    requests: a.requests - b.requests,
    cached: a.cached - b.cached,
    computed: a.computed - b.computed,
    generated: a.generated - b.generated,
  };
}

/** Whether a limit is reached by what was used already. */
function isSpent({ limits }: Claim, { refused, used }: Verdict): boolean {
  return used.some((usage) => {
    const limit = limits.find(({ period }) => period === usage.period);
    return refused !== undefined && usage.period === refused.period &&
      usage[refused.kind] >= (limit?.[refused.kind] ?? Infinity);
  });
}

/** See the module's description. */
export class SharedStore implements EntryStore {
  readonly #local: UsageDatabase;
  readonly #shared: SharedLedger;
  readonly #options: SharedStoreOptions;
  #standing: Standing = "connecting";
  /** Why the database is away. */
  #problem: string | undefined;
  /** Resolves when the last try to reach it has succeeded or failed. */
  #connected: Promise<void>;
  #unwritten = 0;
  /** The last thing done alone. */
  #last: Promise<unknown> = Promise.resolve();
  /** A delivery is waiting for its turn or under way. */
  #delivering = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS;
  readonly #beat: ReturnType<typeof setInterval>;
  #closed = false;

  constructor(options: SharedStoreOptions) {
    this.#options = options;
    this.#local = new UsageDatabase({ ...options, outbox: true });
    this.#shared = new SharedLedger(options.url, options);
    this.#beat = setInterval(
      () => this.#ask(() => this.#shared.beat(), () => {}),
      BEAT_MS,
    );
    this.#connected = this.#connect();
  }

  get state(): StorageState {
    const url = publicUrl(this.#options.url);
    const problem = this.#problem;
    return {
      ...this.#local.state,
      unwritten: this.#unwritten,
      shared: {
        url,
        isCurrent: this.#standing === "there",
        ...(problem === undefined ? {} : { problem }),
      },
    };
  }

  write(entries: readonly Entry[]): void {
    this.#local.write(entries);
    if (this.#standing !== "there") {
      this.#unwritten += entries.length;
    } else if (!this.#delivering) {
      this.#delivering = true;
      this.#ask(() => this.#deliverAlone(), () => {})
        .finally(() => this.#delivering = false);
    }
  }

  query(query: UsageQuery): Promise<UsageGroup[]> {
    const asked = this.#ofServers(query);
    return this.#ask(
      async () => {
        await this.#deliverAlone();
        return await this.#shared.query(asked);
      },
      () => this.#local.query(asked),
    );
  }

  entry(id: string): Promise<StoredEntry | undefined> {
    const own = this.#local.entry(id);
    return own === undefined
      ? this.#ask(() => this.#shared.entry(id), () => undefined)
      : Promise.resolve(own);
  }

  /**
   * What the file had when it was asked, and by how much the database has
   * more or less of this run than it was delivered.
   */
  runTotals(): Promise<RunTotals> {
    const own = this.#local.runTotals();
    return this.#ask(
      () =>
        this.#alone(async () => {
          const arrived = await this.#shared.runTotals();
          const waiting = this.#local.outbox.totals();
          const sent = difference(this.#local.runTotals(), waiting);
          return difference(own, difference(sent, arrived));
        }),
      () => own,
    );
  }

  async prune(before: number): Promise<void> {
    this.#local.prune(before);
    await this.#ask(() => this.#shared.prune(before), () => {});
  }

  /**
   * A refusal for what others have set aside is asked again a moment later:
   * some of it may be of requests that have just ended, here or elsewhere.
   */
  reserve(claim: Claim): Promise<Verdict | undefined> {
    return this.#ask(async () => {
      const verdict = await this.#shared.reserve(claim);
      if (verdict.refused === undefined || isSpent(claim, verdict)) {
        return verdict;
      }
      await this.#deliverAlone();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      return await this.#shared.reserve(claim);
    }, () => undefined);
  }

  /** Delivers what is left, if the database is there. */
  async close(): Promise<void> {
    await this.#ask(() => this.#deliverAlone(), () => {});
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#beat);
    await this.#shared.close().catch(() => {});
    this.#local.close();
  }

  /** Without a word about servers, only this one's requests are meant. */
  #ofServers(query: UsageQuery): UsageQuery {
    const { server } = this.#options;
    const { only, scope } = query;
    return scope === "all" ? query : {
      ...query,
      only: {
        ...only,
        server: (only.server ?? [server]).filter((name) => name === server),
      },
    };
  }

  /** Asks the database, or the file when it is away. */
  async #ask<T>(ask: () => Promise<T>, instead: () => T): Promise<T> {
    if (this.#standing === "connecting" || this.#standing === "catching up") {
      await inTime(this.#connected, CONNECT_MS, () => {});
    }
    if (this.#standing !== "there") {
      return instead();
    }
    try {
      return await ask();
    } catch (error) {
      this.#lose(error);
      return instead();
    }
  }

  /** One after the other, so that it is known what was delivered. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  #deliverAlone(): Promise<void> {
    return this.#alone(() => this.#deliver());
  }

  /** Delivers everything, what arrives meanwhile included. */
  async #deliver(): Promise<void> {
    const { outbox } = this.#local;
    for (;;) {
      const rows = outbox.next(BATCH);
      if (rows.length === 0) {
        return;
      }
      await this.#shared.deliver(rows);
      outbox.remove(rows);
      if (this.#standing === "catching up") {
        this.#stand("catching up");
      }
    }
  }

  async #connect(): Promise<void> {
    try {
      await this.#shared.open();
      this.#stand("catching up");
      await this.#deliverAlone();
      this.#retryMs = RETRY_MS;
      this.#stand("there");
    } catch (error) {
      this.#lose(error);
    }
  }

  #stand(standing: Standing, problem?: string): void {
    this.#standing = standing;
    this.#problem = problem;
    this.#unwritten = this.#local.outbox.length;
    this.#options.onState(this.state);
  }

  #lose(error: unknown): void {
    if (this.#closed) {
      return;
    }
    this.#shared.reset();
    this.#stand("away", problemOf(error));
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#connected = this.#connect();
    }, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }
}
