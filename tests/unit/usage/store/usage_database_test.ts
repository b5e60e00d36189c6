import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { Entry } from "../../../../src/usage/entry.ts";
import {
  BUCKETS,
  DIMENSIONS,
  type UsageQuery,
} from "../../../../src/usage/query.ts";
import { UsageDatabase } from "../../../../src/usage/store/usage_database.ts";
import { anyEntry, entryWith } from "../../../testing/entries.ts";
import { Random } from "../../../testing/random.ts";

const NOON = Date.UTC(2026, 0, 2, 12);
const HOUR = BUCKETS.hour;

const EVERYTHING: UsageQuery = {
  groupBy: [],
  since: 0,
  until: Infinity,
  only: {},
  scope: "server",
};

/** A database, closed and deleted afterwards. */
function opened(options: { path?: string; run?: string } = {}) {
  const database = new UsageDatabase({ server: "here", run: "1", ...options });
  return Object.assign(database, {
    [Symbol.dispose]: () => database.close(),
  });
}

function requestsIn(database: UsageDatabase): number {
  return database.query(EVERYTHING)[0]?.requests ?? 0;
}

/** Groups by looking at every request. */
function bruteForce(entries: readonly Entry[], query: UsageQuery) {
  const groups = new Map<string, [number, number]>();
  for (const entry of entries) {
    const row: Record<string, unknown> = {
      ...entry,
      end_user: entry.endUser,
      server: "here",
    };
    const wanted = entry.endedAt >= query.since &&
      entry.endedAt < query.until &&
      Object.entries(query.only).every(([name, values]) =>
        values.includes(String(row[name]))
      );
    if (wanted) {
      const size = query.bucket === undefined ? 0 : BUCKETS[query.bucket];
      const at = size === 0 ? [] : [entry.endedAt - entry.endedAt % size];
      const dimensions = query.groupBy.map((name) => row[name]);
      const group = JSON.stringify([...at, ...dimensions]);
      const [requests, tokens] = groups.get(group) ?? [0, 0];
      groups.set(group, [requests + 1, tokens + entry.generated]);
    }
  }
  return [...groups].sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("UsageDatabase.query() answers what looking at every request answers", () => {
  const random = new Random(5);
  using database = opened();
  const entries = Array.from(
    { length: 600 },
    () => anyEntry(random, NOON - 40 * HOUR, NOON),
  );
  database.write(entries);
  for (let round = 0; round < 60; round++) {
    const since = random.between(NOON - 45 * HOUR, NOON);
    const query: UsageQuery = {
      groupBy: DIMENSIONS.filter(() => random.chance(0.4)),
      since,
      until: random.chance(0.3) ? Infinity : random.between(since, NOON + HOUR),
      only: {
        ...(random.chance(0.3) ? { model: ["m1", "m2", "none"] } : {}),
        ...(random.chance(0.3) ? { outcome: ["failed"] } : {}),
      },
      scope: "server",
      ...(random.chance(0.6)
        ? { bucket: random.pick(["minute", "hour", "day"] as const) }
        : {}),
    };
    const answer = database.query(query)
      .filter(({ requests }) => requests > 0)
      .map((group) => {
        const at = query.bucket === undefined ? [] : [group.at];
        const key = JSON.stringify([
          ...at,
          ...query.groupBy.map((name) => group[name]),
        ]);
        return [key, [group.requests, group.generated]];
      })
      .sort(([a], [b]) => String(a) < String(b) ? -1 : 1);
    assertEquals(answer, bruteForce(entries, query), JSON.stringify(query));
  }
});

Deno.test("UsageDatabase keeps every number of a request", () => {
  using database = opened();
  const entry = entryWith({ decodeNs: 2 ** 50, model: "it's; a model" });
  database.write([entry]);
  assertEquals(database.entry(entry.id), { ...entry, server: "here" });
  assertEquals(database.entry("nobody"), undefined);
  const [sums] = database.query(EVERYTHING);
  assertEquals(sums, {
    requests: 1,
    cached: 10,
    computed: 20,
    generated: 30,
    reasoning: 5,
    durationNs: 1e9,
    queueNs: 1,
    loadNs: 2,
    promptNs: 3,
    decodeNs: 2 ** 50,
    firstTokenNs: 5e8,
    begun: 1,
  });
});

Deno.test("UsageDatabase counts a request once however often it is written", () => {
  using database = opened();
  const entry = entryWith();
  database.write([entry, entry]);
  database.write([entry]);
  assertEquals(requestsIn(database), 1);
  assertEquals(database.runTotals(), {
    requests: 1,
    cached: 10,
    computed: 20,
    generated: 30,
  });
});

Deno.test("UsageDatabase is there again after a restart, its run's totals are not", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/usage.db`;
  {
    using database = opened({ path });
    database.write([entryWith(), entryWith()]);
  }
  {
    using database = opened({ path, run: "2" });
    database.write([entryWith()]);
    assertEquals(requestsIn(database), 3);
    assertEquals(database.runTotals().requests, 1);
    assertEquals(database.state, { path, unwritten: 0 });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UsageDatabase keeps in memory what the file does not take, and writes it later", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  {
    using database = opened({ path });
    database.write([entryWith()]);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const kept = entryWith({ model: "kept" });
    database.write([kept]);
    assertEquals(database.state.unwritten, 1);
    assert(database.state.problem?.includes("locked"));
    assertEquals(requestsIn(database), 2);
    assertEquals(database.entry(kept.id)?.model, "kept");
    other.exec("ROLLBACK");
    other.close();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    database.write([entryWith()]);
    assertEquals(database.state, { path, unwritten: 0 });
    assertEquals(requestsIn(database), 3);
  }
  {
    using database = opened({ path });
    assertEquals(requestsIn(database), 3);
    assertEquals(database.runTotals().requests, 3);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UsageDatabase without a file that can be opened keeps all in memory", async () => {
  const file = await Deno.makeTempFile();
  using database = opened({ path: `${file}/usage.db` });
  database.write([entryWith()]);
  assertEquals(requestsIn(database), 1);
  assertEquals(database.state.unwritten, 1);
  assert(database.state.problem !== undefined);
  await Deno.remove(file);
});

Deno.test("UsageDatabase.prune() forgets requests and keeps their sums", () => {
  using database = opened();
  const old = entryWith({ endedAt: NOON - 5 * HOUR });
  const young = entryWith({ endedAt: NOON });
  database.write([old, young]);
  database.prune(NOON - HOUR);
  assertEquals(database.entry(old.id), undefined);
  assertEquals(database.entry(young.id)?.id, young.id);
  assertEquals(requestsIn(database), 2);
});
