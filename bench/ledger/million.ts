/**
 * Questions over a million requests of 30 days, and the size of their file.
 *
 * @module
 */

import type { Entry } from "../../src/usage/entry.ts";
import type { UsageQuery } from "../../src/usage/query.ts";
import { BUCKETS } from "../../src/usage/query.ts";
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

function fill(database: UsageDatabase): void {
  for (let first = 0; first < REQUESTS; first += BATCH) {
    const entries = Array.from(
      { length: BATCH },
      (_, index) => entryOf(first + index),
    );
    database.write(entries);
  }
}

function timesOf(row: string, ask: () => unknown): TableRow {
  const times = Array.from({ length: ASKED }, () => {
    const started = performance.now();
    ask();
    return performance.now() - started;
  });
  return { row, values: [median(times), Math.max(...times)] };
}

/** Prints milliseconds of every question, and bytes a request. */
export async function benchMillion(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  const database = new UsageDatabase({ path, server: "bench", run: "1" });
  const started = performance.now();
  fill(database);
  const seconds = (performance.now() - started) / 1000;
  const rows = Object.entries(QUESTIONS)
    .map(([name, query]) => timesOf(name, () => database.query(query)));
  rows.push(timesOf("one request by id", () => database.entry(idOf(999_999))));
  rows.push(timesOf("totals of this run", () => database.runTotals()));
  database.close();
  const { size } = await Deno.stat(path);
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
