/**
 * The ledger's file: SQLite, written in batches, read with questions. What
 * the disk does not take is kept in memory beside it until it does.
 *
 * @module
 */

import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Entry } from "../entry.ts";
import type { UsageGroup, UsageQuery } from "../query.ts";
import { aggregate, toGroup } from "./aggregate.ts";
import type { EntryStore, RunTotals, StorageState } from "./entry_store.ts";
import { Outbox, toTotals } from "./outbox.ts";
import {
  addToSummary,
  createOutbox,
  createTables,
  DAYS,
  ENTRY_COLUMNS,
  HOURS,
  moveTables,
  RUNS,
  type StoredEntry,
  TABLES,
  TEXTS,
} from "./tables.ts";

/** Where and for whom a ledger is kept. */
export interface DatabaseOptions {
  /** The file; absent is memory only. */
  readonly path?: string;
  readonly server: string;
  /** Names this run of the server. */
  readonly run: string;
  /** Whether another ledger is to get what is written. */
  readonly outbox?: boolean;
}

/** Time another process may take to finish writing, milliseconds. */
const BUSY_MS = 2000;

/** Time to the next try when the file could not be written, milliseconds. */
const RETRY_MS = 1000;

/** Requests deleted at once, so that nobody waits long. */
const PRUNED_AT_ONCE = 5000;

const NAMES = Object.keys(ENTRY_COLUMNS);

/** Schemas: the file, and what it could not take, which is younger. */
const FILE = "main";
const SPARE = "temp";

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Opens the file; when that fails, memory takes its place. */
function openDatabase(path: string | undefined): {
  database: DatabaseSync;
  problem?: string;
} {
  if (path === undefined) {
    return { database: new DatabaseSync(":memory:") };
  }
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = NORMAL");
    createTables(FILE).forEach((sql) => database.exec(sql));
    return { database };
  } catch (error) {
    const database = new DatabaseSync(":memory:");
    return { database, problem: messageOf(error) };
  }
}

/** See the module's description. Everything here blocks. */
export class UsageDatabase implements EntryStore {
  /** What another ledger has still to get; empty unless asked for. */
  readonly outbox: Outbox;
  readonly #database: DatabaseSync;
  readonly #options: DatabaseOptions;
  /** There is a file, and it could be opened. */
  readonly #hasFile: boolean;
  readonly #statements = new Map<string, StatementSync>();
  #problem: string | undefined;
  #unwritten = 0;
  /** By `performance.now()`. */
  #tryAgainAt = 0;

  constructor(options: DatabaseOptions) {
    const { database, problem } = openDatabase(options.path);
    this.#database = database;
    this.#options = options;
    this.#problem = problem;
    this.#hasFile = options.path !== undefined && problem === undefined;
    database.exec("PRAGMA temp_store = MEMORY");
    this.outbox = new Outbox({
      prepare: (sql) => this.#prepare(sql),
      schemas: [FILE, SPARE],
    }, options.run);
    for (const schema of [FILE, SPARE]) {
      [...createTables(schema), createOutbox(schema)].forEach((sql) =>
        database.exec(sql)
      );
      database.exec(
        `CREATE INDEX IF NOT EXISTS ${schema}.entries_ended_at ` +
          "ON entries (ended_at)",
      );
    }
    for (const table of TABLES) {
      database.exec(
        `CREATE TEMP VIEW all_${table} AS SELECT * FROM ${FILE}.${table} ` +
          `UNION ALL SELECT * FROM ${SPARE}.${table}`,
      );
    }
  }

  /** How well it goes. */
  get state(): StorageState {
    const { path } = this.#options;
    return {
      ...(path === undefined ? {} : { path }),
      unwritten: this.#unwritten,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  /** Adds requests, once each; to memory when the file does not take them. */
  write(entries: readonly Entry[]): void {
    const tries = this.#hasFile && performance.now() >= this.#tryAgainAt;
    if (tries && this.#writeToFile(entries)) {
      return;
    }
    const schema = this.#hasFile ? SPARE : FILE;
    this.#transaction(() => this.#insert(schema, entries));
    this.#unwritten += this.#options.path === undefined ? 0 : entries.length;
  }

  /** Answers a question. */
  query(query: UsageQuery): UsageGroup[] {
    const { sql, values } = aggregate(query, {
      entries: "all_entries",
      hours: "all_hours",
      days: "all_days",
    });
    return this.#prepare(sql).all(...values).map((row) => toGroup(row, query));
  }

  /** The request with this id. */
  entry(id: string): StoredEntry | undefined {
    const row = this.#prepare("SELECT * FROM all_entries WHERE id = ?").get(id);
    return row === undefined ? undefined : toEntry(row);
  }

  /** Sums of this run. */
  runTotals(): RunTotals {
    const row = this.#prepare(
      "SELECT sum(requests) AS requests, sum(cached) AS cached, " +
        "sum(computed) AS computed, sum(generated) AS generated " +
        "FROM all_runs WHERE run = ?",
    ).get(this.#options.run);
    return toTotals(row);
  }

  /** Forgets single requests that ended before; their sums stay. */
  prune(before: number): void {
    const { changes } = this.#prepare(
      `DELETE FROM ${FILE}.entries WHERE rowid IN (SELECT rowid FROM ` +
        `${FILE}.entries WHERE ended_at < ? AND id NOT IN ` +
        `(SELECT id FROM ${FILE}.outbox) LIMIT ${PRUNED_AT_ONCE})`,
    ).run(before);
    if (Number(changes) === PRUNED_AT_ONCE) {
      this.prune(before);
    }
  }

  /** Closes the file. */
  close(): void {
    this.#database.close();
  }

  /** Whether the file has taken them, and all it had not taken before. */
  #writeToFile(entries: readonly Entry[]): boolean {
    try {
      this.#transaction(() => {
        if (this.#unwritten > 0) {
          moveTables(SPARE, FILE).forEach((sql) => this.#database.exec(sql));
        }
        this.#insert(FILE, entries);
      });
      this.#unwritten = 0;
      this.#problem = undefined;
      return true;
    } catch (error) {
      this.#problem = messageOf(error);
      this.#tryAgainAt = performance.now() + RETRY_MS;
      return false;
    }
  }

  #insert(schema: string, entries: readonly Entry[]): void {
    const { server, run, outbox } = this.#options;
    const insert = this.#prepare(
      `INSERT INTO ${schema}.entries (${NAMES.join(", ")}) VALUES (${
        NAMES.map(() => "?").join(", ")
      }) ON CONFLICT (id) DO NOTHING`,
    );
    const source = `(SELECT * FROM ${schema}.entries WHERE id = ?)`;
    const addHour = this.#prepare(addToSummary(HOURS, schema, source));
    const addDay = this.#prepare(addToSummary(DAYS, schema, source));
    const addRun = this.#prepare(addToSummary(RUNS, schema, source));
    for (const entry of entries) {
      const { changes } = insert.run(...toValues({ ...entry, server }));
      if (Number(changes) === 1) {
        addHour.run(entry.id);
        addDay.run(entry.id);
        addRun.run(run, entry.id);
        if (outbox) {
          this.outbox.add(schema, entry.id);
        }
      }
    }
  }

  #transaction(work: () => void): void {
    this.#database.exec("BEGIN");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Some errors, as of a full disk, have ended the transaction already. */
  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // There is none.
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** An entry in the order of the columns. */
export function toValues(entry: StoredEntry): (string | number)[] {
  return Object.values(ENTRY_COLUMNS).map((field) => entry[field]);
}

/** An entry as a row holds it; PostgreSQL gives big numbers as text. */
export function toEntry(row: Readonly<Record<string, unknown>>): StoredEntry {
  const fields = Object.entries(ENTRY_COLUMNS).map(([column, field]) => {
    const value = row[column];
    const isText = TEXTS.has(column);
    return [field, isText ? String(value) : Number(value)] as const;
  });
  return Object.fromEntries(fields) as unknown as StoredEntry;
}
