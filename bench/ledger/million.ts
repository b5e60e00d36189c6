/**
 * Questions over a million requests of 30 days, and how much room they take,
 * in a file or, with a URL, in PostgreSQL.
 *
 * @module
 */

import type { Entry } from "../../src/usage/entry.ts";
import type { UsageQuery } from "../../src/usage/query.ts";
import { BUCKETS } from "../../src/usage/query.ts";
import { PostgresClient } from "../../src/usage/store/postgres_client.ts";
import type { EntryStore } from "../../src/usage/store/entry_store.ts";
import { SharedStore } from "../../src/usage/store/shared_store.ts";
import { UsageDatabase } from "../../src/usage/store/usage_database.ts";
import { OUTCOMES } from "../../src/usage/usage_map.ts";
import { median, type TableRow } from "../table.ts";

const REQUESTS = 1_000_000;
const BATCH = 10_000;
const DAYS = 30;
const ASKED = 7;

const NOW = Date.parse("2026-06-30T12:34:56Z");
const START = NOW - DAYS * BUCKETS.day;

function pick<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T;
}

const MODELS = ["qwen3-coder:30b", "llama3.2", "gemma3:270m", "nomic-embed"];
const KEYS = ["anonymous", "ann", "bob", "editor", "nightly"];
const ENDPOINTS = ["/api/chat", "/v1/chat/completions", "/v1/messages"];

/** An id as the server makes them, and the rest spread over all groups. */
function entryOf(index: number): Entry {
  const endedAt = START + Math.floor(index / REQUESTS * (NOW - START));
  const embeds = index % MODELS.length === 3;
  return {
    id: idOf(index),
    model: pick(MODELS, index),
    endpoint: embeds ? "/v1/embeddings" : pick(ENDPOINTS, index >> 2),
    key: pick(KEYS, index >> 3),
    endUser: "",
    outcome: index % 17 === 0 ? pick(OUTCOMES, index) : "completed",
    startedAt: endedAt - 2000,
    endedAt,
    cached: index % 900,
    computed: index % 300,
    generated: embeds ? 0 : index % 500,
    reasoning: 0,
    durationNs: 2e9,
    queueNs: index % 1000,
    loadNs: 1,
    promptNs: 3e8,
    decodeNs: 15e8,
    firstTokenNs: 35e7,
  };
}

/** As random as a UUID: the index of ids is filled in no order. */
function idOf(index: number): string {
  const words = [1, 2, 3, 4].map((word) =>
    (Math.imul(index + 1, 0x9e3779b1 + word * 0x85ebca6a) >>> 0)
      .toString(16).padStart(8, "0")
  );
  return words.join("");
}

const ALL: UsageQuery = {
  groupBy: ["model"],
  since: START,
  until: NOW,
  only: {},
  scope: "server",
};

const WEEK = { ...ALL, since: NOW - 7 * BUCKETS.day };

const QUESTIONS: Readonly<Record<string, UsageQuery>> = {
  "30 days, totals by model": ALL,
  "30 days by day and model": { ...ALL, bucket: "day" },
  "30 days by outcome": { ...ALL, groupBy: ["outcome"] },
  "30 days by endpoint": { ...ALL, groupBy: ["endpoint"] },
  "30 days of one key by day": {
    ...ALL,
    bucket: "day",
    only: { key: ["ann"] },
  },
  "a week by hour, model and key": {
    ...WEEK,
    bucket: "hour",
    groupBy: ["model", "key"],
  },
  "a day by minute and model": {
    ...ALL,
    since: NOW - BUCKETS.day,
    bucket: "minute",
  },
  "the last hour by minute": {
    ...ALL,
    since: NOW - BUCKETS.hour,
    bucket: "minute",
  },
};

/** Every batch has arrived before the next is written. */
async function fill(store: EntryStore): Promise<void> {
  for (let first = 0; first < REQUESTS; first += BATCH) {
    const entries = Array.from(
      { length: BATCH },
      (_, index) => entryOf(first + index),
    );
    store.write(entries);
    await store.query({ ...ALL, since: NOW });
  }
}

async function timesOf(row: string, ask: () => unknown): Promise<TableRow> {
  const times: number[] = [];
  for (let asked = 0; asked < ASKED; asked++) {
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  return { row, values: [median(times), Math.max(...times)] };
}

/** Bytes of the file, or of the database. */
async function sizeOf(path: string, url: string | undefined): Promise<number> {
  if (url === undefined) {
    return (await Deno.stat(path)).size;
  }
  const client = new PostgresClient(url);
  const [row] = await client.run(
    "SELECT sum(pg_total_relation_size(oid)) AS size FROM pg_class " +
      "WHERE relnamespace = 'tally'::regnamespace AND relkind = 'r'",
  );
  await client.close();
  return Number(row?.["size"]);
}

/** Prints milliseconds of every question, and bytes a request. */
export async function benchMillion(url?: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  const options = { path, server: "bench", run: crypto.randomUUID() };
  const store: EntryStore = url === undefined
    ? new UsageDatabase(options)
    : new SharedStore({ ...options, url, onState: () => {} });
  const started = performance.now();
  await fill(store);
  const seconds = (performance.now() - started) / 1000;
  const rows: TableRow[] = [];
  for (const [name, query] of Object.entries(QUESTIONS)) {
    rows.push(await timesOf(name, () => store.query(query)));
  }
  const id = idOf(999_999);
  rows.push(await timesOf("one request by id", () => store.entry(id)));
  rows.push(await timesOf("totals of this run", () => store.runTotals()));
  const { shared } = store.state;
  if (shared !== undefined && !shared.isCurrent) {
    throw new Error(`PostgreSQL was lost: ${shared.problem}`);
  }
  await store.close();
  const size = await sizeOf(path, url);
  await Deno.remove(folder, { recursive: true });
  console.log(
    `${REQUESTS} requests: ${Math.round(size / 2 ** 20)} MiB, ` +
      `${Math.round(size / REQUESTS)} bytes each, ` +
      `${Math.round(REQUESTS / seconds)} written a second\n`,
  );
  printTimes(rows);
}

function printTimes(rows: readonly TableRow[]): void {
  console.log("| ms | median | most |\n| --- | --- | --- |");
  for (const { row, values } of rows) {
    console.log(
      `| ${row} | ${values.map((each) => each.toFixed(1)).join(" | ")} |`,
    );
  }
}
