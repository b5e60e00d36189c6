/**
 * Requests in a file that PostgreSQL has not taken yet, in order. They are
 * numbered by run of the server, so that what is sent twice is known.
 *
 * @module
 */

import type { StatementSync } from "node:sqlite";
import type { RunTotals } from "./entry_store.ts";

/** A row of `entries` with `run` and `sequence`. */
export type OutboxRow = Readonly<Record<string, string | number>>;

/** Where a file has its tables. */
interface Tables {
  /** Prepares a statement, once. */
  readonly prepare: (sql: string) => StatementSync;
  /** Schemas, the one whose rows are older first. */
  readonly schemas: readonly string[];
}

/** See the module's description. Everything here blocks. */
export class Outbox {
  readonly #tables: Tables;
  readonly #run: string;
  #sequence = 0;

  constructor(tables: Tables, run: string) {
    this.#tables = tables;
    this.#run = run;
  }

  /** Requests that wait. */
  get length(): number {
    const row = this.#tables.prepare("SELECT count(*) AS n FROM all_outbox")
      .get();
    return Number(row?.["n"]);
  }

  /** Puts a request in, within the transaction that writes it. */
  add(schema: string, id: string): void {
    this.#tables.prepare(`INSERT INTO ${schema}.outbox VALUES (?, ?, ?)`)
      .run(this.#run, ++this.#sequence, id);
  }

  /** The next to be sent, those of a run in their order. */
  next(limit: number): OutboxRow[] {
    return this.#tables.schemas.flatMap((schema) =>
      this.#tables.prepare(
        `SELECT o.run, o.sequence, e.* FROM ${schema}.outbox o ` +
          `JOIN ${schema}.entries e ON e.id = o.id ` +
          "ORDER BY o.run, o.sequence LIMIT ?",
      ).all(limit) as OutboxRow[]
    ).slice(0, limit);
  }

  /** They have arrived. */
  remove(rows: readonly OutboxRow[]): void {
    const last = new Map(rows.map((row) => [row["run"]!, row["sequence"]!]));
    for (const schema of this.#tables.schemas) {
      for (const [run, sequence] of last) {
        this.#tables.prepare(
          `DELETE FROM ${schema}.outbox WHERE run = ? AND sequence <= ?`,
        ).run(run, sequence);
      }
    }
  }

  /** Sums over those of this run. */
  totals(): RunTotals {
    const row = this.#tables.prepare(
      "SELECT count(*) AS requests, sum(cached) AS cached, " +
        "sum(computed) AS computed, sum(generated) AS generated " +
        "FROM all_outbox o JOIN all_entries e ON e.id = o.id WHERE o.run = ?",
    ).get(this.#run);
    return toTotals(row);
  }
}

/** A row of sums; those over nothing are null. */
export function toTotals(
  row: Readonly<Record<string, unknown>> | undefined,
): RunTotals {
  const number = (column: string) => Number(row?.[column] ?? 0);
  return {
    requests: number("requests"),
    cached: number("cached"),
    computed: number("computed"),
    generated: number("generated"),
  };
}
