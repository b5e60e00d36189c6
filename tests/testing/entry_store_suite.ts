/**
 * What every store of the ledger must do, be it a file or a database.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Entry } from "../../src/usage/entry.ts";
import { BUCKETS, DIMENSIONS, type UsageQuery } from "../../src/usage/query.ts";
import type { EntryStore } from "../../src/usage/store/entry_store.ts";
import { anyEntry, entryWith } from "./entries.ts";
import { Random } from "./random.ts";

const NOON = Date.UTC(2026, 0, 2, 12);
const HOUR = BUCKETS.hour;

/** A question about everything a server has done. */
export const EVERYTHING: UsageQuery = {
  groupBy: [],
  since: 0,
  until: Infinity,
  only: {},
  scope: "server",
};

/** Opens a new store, of the server "here", and runs a test with it. */
export type WithStore = (
  test: (store: EntryStore) => Promise<void>,
) => Promise<void>;

/** How many requests a store knows. */
export async function requestsIn(
  store: EntryStore,
  query: Partial<UsageQuery> = {},
): Promise<number> {
  const [sums] = await store.query({ ...EVERYTHING, ...query });
  return sums?.requests ?? 0;
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

function anyQuery(random: Random): UsageQuery {
  const since = random.between(NOON - 110 * HOUR, NOON);
  return {
    groupBy: DIMENSIONS.filter(() => random.chance(0.4)),
    since,
    until: random.chance(0.3) ? Infinity : random.between(since, NOON + HOUR),
    only: {
      ...(random.chance(0.3) ? { model: ["m1", "m2", "none"] } : {}),
      ...(random.chance(0.3) ? { outcome: ["failed"] } : {}),
      ...(random.chance(0.2) ? { server: ["here", "there"] } : {}),
    },
    scope: random.pick(["server", "all"] as const),
    ...(random.chance(0.6)
      ? { bucket: random.pick(["minute", "hour", "day"] as const) }
      : {}),
  };
}

async function answersAsBruteForce(store: EntryStore): Promise<void> {
  const random = new Random(5);
  const entries = Array.from(
    { length: 600 },
    () => anyEntry(random, NOON - 100 * HOUR, NOON),
  );
  store.write(entries);
  for (let round = 0; round < 60; round++) {
    const query = anyQuery(random);
    const answer = (await store.query(query))
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
}

async function keepsEveryNumber(store: EntryStore): Promise<void> {
  const entry = entryWith({ decodeNs: 2 ** 50, model: "it's; a 模型 ?" });
  store.write([entry]);
  assertEquals(await store.entry(entry.id), { ...entry, server: "here" });
  assertEquals(await store.entry("nobody"), undefined);
  const [sums] = await store.query(EVERYTHING);
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
}

/** Tests a kind of store, unless what it needs is missing. */
export function testEntryStore(
  name: string,
  withStore: WithStore,
  ignore = false,
): void {
  const test = (does: string, run: (store: EntryStore) => Promise<void>) =>
    Deno.test({ name: `${name} ${does}`, ignore, fn: () => withStore(run) });

  test("answers what looking at every request answers", answersAsBruteForce);

  test("keeps every number of a request", keepsEveryNumber);

  test("puts groups in the order of their bytes", async (store) => {
    store.write(["b", "B", "a", "ä"].map((model) => entryWith({ model })));
    const groups = await store.query({ ...EVERYTHING, groupBy: ["model"] });
    assertEquals(groups.map(({ model }) => model), ["B", "a", "b", "ä"]);
  });

  test("counts a request once however often it is written", async (store) => {
    const entry = entryWith();
    store.write([entry, entry]);
    store.write([entry]);
    assertEquals(await requestsIn(store), 1);
    assertEquals(await store.runTotals(), {
      requests: 1,
      cached: 10,
      computed: 20,
      generated: 30,
    });
  });

  test("forgets old requests and keeps their sums", async (store) => {
    const old = entryWith({ endedAt: NOON - 5 * HOUR });
    const young = entryWith({ endedAt: NOON });
    store.write([old, young]);
    assertEquals(await requestsIn(store), 2);
    await store.prune(NOON - HOUR);
    assertEquals(await store.entry(old.id), undefined);
    assertEquals((await store.entry(young.id))?.id, young.id);
    assertEquals(await requestsIn(store), 2);
    assertEquals((await store.runTotals()).requests, 2);
  });
}
