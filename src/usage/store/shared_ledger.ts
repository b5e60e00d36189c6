/**
 * The ledger that servers share, in PostgreSQL. Every method throws when the
 * database does not answer, or not in time.
 *
 * @module
 */

import type { Claim, Verdict } from "../keys/claim.ts";
import type { UsageGroup, UsageQuery } from "../query.ts";
import { aggregate, toGroup } from "./aggregate.ts";
import type { RunTotals } from "./entry_store.ts";
import { type OutboxRow, toTotals } from "./outbox.ts";
import { PostgresClient } from "./postgres_client.ts";
import {
  BEAT,
  CREATE_ALL,
  DELIVER,
  PRUNE,
  PRUNE_SPENT,
  SCHEMA,
  SCHEMA_VERSION,
} from "./postgres_tables.ts";
import type { StoredEntry } from "./tables.ts";
import { toEntry } from "./usage_database.ts";

/** A run of a server. */
export interface ServerRun {
  readonly server: string;
  readonly run: string;
}

/** Requests deleted at once, so that nobody waits long. */
const PRUNED_AT_ONCE = 5000;

const DAY_MS = 86_400_000;

/** See the module's description. */
export class SharedLedger {
  readonly #client: PostgresClient;
  readonly #here: ServerRun;

  constructor(url: string, here: ServerRun) {
    this.#client = new PostgresClient(url);
    this.#here = here;
  }

  /** Makes tables that are missing, checks their version, says it is there. */
  async open(): Promise<void> {
    const version = await this.#version() ?? await this.#create();
    if (version !== SCHEMA_VERSION) {
      throw new Error(
        `the ledger's tables are of version ${version}, and this server ` +
          `knows version ${SCHEMA_VERSION}: run the same Tally everywhere`,
      );
    }
    await this.beat();
  }

  /** Says that this server is there, and gives back what nobody needs. */
  async beat(): Promise<void> {
    const { run, server } = this.#here;
    await this.#client.run(BEAT, [run, server], { prepare: true });
  }

  /** Adds requests, once each however often they are delivered. */
  async deliver(rows: readonly OutboxRow[]): Promise<void> {
    const batch = JSON.stringify(rows);
    await this.#client.run(DELIVER, [batch], { prepare: true });
  }

  /** Answers a question. */
  async query(query: UsageQuery): Promise<UsageGroup[]> {
    const { sql, values } = aggregate(query, {
      entries: `${SCHEMA}.entries`,
      hours: `${SCHEMA}.hours`,
      days: `${SCHEMA}.days`,
    });
    let count = 0;
    const numbered = sql.replaceAll("?", () => `$${++count}`);
    const rows = await this.#client.run(numbered, values);
    return rows.map((row) => toGroup(row, query));
  }

  /** The request with this id, whichever server's. */
  async entry(id: string): Promise<StoredEntry | undefined> {
    const [row] = await this.#client.run(
      `SELECT * FROM ${SCHEMA}.entries WHERE id = $1`,
      [id],
    );
    return row === undefined ? undefined : toEntry(row);
  }

  /** Sums of this run. */
  async runTotals(): Promise<RunTotals> {
    const [row] = await this.#client.run(
      "SELECT sum(requests) AS requests, sum(cached) AS cached, " +
        "sum(computed) AS computed, sum(generated) AS generated " +
        `FROM ${SCHEMA}.runs WHERE run = $1`,
      [this.#here.run],
    );
    return toTotals(row);
  }

  /** Sets aside what a request may use, if its key's limits allow it. */
  async reserve(claim: Claim): Promise<Verdict> {
    const { key, id, tokens, requests, limits } = claim;
    const [row] = await this.#client.run(
      `SELECT ${SCHEMA}.reserve($1, $2, $3, $4, $5, $6::TEXT::JSONB) AS verdict`,
      [key, id, this.#here.run, tokens, requests, JSON.stringify(limits)],
      { prepare: true },
    );
    const { refused, used } = row?.["verdict"] as Verdict & { refused: null };
    return refused === null ? { used } : { refused, used };
  }

  /** Forgets single requests that ended before; their sums stay. */
  async prune(before: number): Promise<void> {
    let count = PRUNED_AT_ONCE;
    while (count === PRUNED_AT_ONCE) {
      ({ count } = await this.#client.run(PRUNE, [before, PRUNED_AT_ONCE]));
    }
    const now = Date.now();
    await this.#client.run(PRUNE_SPENT, [now - DAY_MS, now - 62 * DAY_MS]);
  }

  /** Drops connections that may hang. */
  reset(): void {
    this.#client.reset();
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** Undefined when there are no tables. */
  async #version(): Promise<number | undefined> {
    const [found] = await this.#client.run(
      `SELECT to_regclass('${SCHEMA}.version') IS NOT NULL AS made`,
    );
    if (!found?.["made"]) {
      return undefined;
    }
    const [row] = await this.#client.run(
      `SELECT version FROM ${SCHEMA}.version`,
    );
    return Number(row?.["version"]);
  }

  async #create(): Promise<number | undefined> {
    await this.#client.run(CREATE_ALL);
    return await this.#version();
  }
}
