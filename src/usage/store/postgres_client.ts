/**
 * Connections to PostgreSQL that answer in time or not at all.
 *
 * @module
 */

import postgres from "postgres";
import { inTime } from "./in_time.ts";

/** A row of an answer; whole numbers beyond 32 bits are texts. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows, and how many a statement has changed. */
export type Rows = readonly Row[] & { readonly count: number };

/** Longest time an answer may take, milliseconds. */
const DEADLINE_MS = 5000;

const OPTIONS = {
  max: 4,
  connect_timeout: DEADLINE_MS / 1000,
  // Whoever has failed decides when to try again.
  backoff: () => 0,
  fetch_types: false,
  onnotice: () => {},
  connection: { application_name: "tally" },
} as const;

/** How a statement is run. */
interface RunOptions {
  /** Whether it comes again and again in the same words. */
  readonly prepare?: boolean;
}

/** See the module's description. */
export class PostgresClient {
  readonly #url: string;
  #sql: postgres.Sql | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Runs a statement, or several without values. Throws what the database or
   * the net says, and when there is no answer in time; it may have happened
   * all the same.
   */
  async run(
    statement: string,
    values: readonly (string | number)[] = [],
    { prepare = false }: RunOptions = {},
  ): Promise<Rows> {
    const sql = this.#sql ??= postgres(this.#url, OPTIONS);
    const query = sql.unsafe(statement, [...values], { prepare });
    return await inTime<Rows>(query, DEADLINE_MS, () => {
      throw new Error(`no answer within ${DEADLINE_MS / 1000} s`);
    });
  }

  /** Drops all connections, which may hang; the next statement opens others. */
  reset(): void {
    const sql = this.#sql;
    this.#sql = undefined;
    sql?.end({ timeout: 0 }).catch(() => {});
  }

  /** Ends all connections in peace. */
  async close(): Promise<void> {
    await this.#sql?.end({ timeout: 1 });
  }
}
