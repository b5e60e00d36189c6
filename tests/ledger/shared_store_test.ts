import { assert, assertEquals } from "@std/assert";
import { entryWith } from "../testing/entries.ts";
import {
  EVERYTHING,
  requestsIn,
  testEntryStore,
} from "../testing/entry_store_suite.ts";
import { findPostgres, PASSWORD, Postgres } from "../testing/postgres.ts";
import {
  allCurrent,
  newDatabase,
  noticed,
  openShared,
} from "../testing/shared_store.ts";
import { TcpProxy } from "../testing/tcp_proxy.ts";

const programs = findPostgres();

/** One for all tests, each with a database of its own. */
let postgres: Postgres;

Deno.test.beforeAll(async () => {
  if (programs !== undefined) {
    postgres = await Postgres.start(programs);
  }
});

Deno.test.afterAll(() => postgres?.[Symbol.asyncDispose]());

function test(name: string, run: (url: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: programs === undefined,
    fn: async () => await run(await newDatabase(postgres)),
  });
}

/** Requests by each of the tables, as numbers. */
async function counted(url: string) {
  const [row] = await postgres.query(
    "SELECT (SELECT count(*) FROM tally.entries) AS entries, " +
      "(SELECT sum(requests) FROM tally.hours) AS hours, " +
      "(SELECT sum(requests) FROM tally.runs) AS runs, (SELECT " +
      "sum(requests) FROM tally.spent WHERE period = 'month') AS spent",
    url,
  );
  return Object.values(row ?? {}).map(Number);
}

function entries(count: number, key = "team") {
  return Array.from({ length: count }, () => entryWith({ key }));
}

testEntryStore("SharedStore", async (run) => {
  await using store = openShared(await newDatabase(postgres), "here");
  await run(store);
  assertEquals(store.state.shared?.problem, undefined);
}, programs === undefined);

test("servers that start at once share one ledger and know their own", async (url) => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const stores = names.map((name) => openShared(url, name));
  stores.forEach((store, index) => store.write(entries(index + 1)));
  await allCurrent(...stores);
  for (const [index, store] of stores.entries()) {
    assertEquals(await requestsIn(store), index + 1);
    assertEquals(await requestsIn(store, { scope: "all" }), 21);
    assertEquals((await store.runTotals()).requests, index + 1);
    assertEquals(
      await requestsIn(store, { only: { server: ["a", "z"] } }),
      index === 0 ? 1 : 0,
    );
  }
  const groups = await stores[0]!.query({
    ...EVERYTHING,
    scope: "all",
    groupBy: ["server"],
  });
  assertEquals(
    groups.map(({ server, requests }) => [server, requests]),
    names.map((name, index) => [name, index + 1]),
  );
  await Promise.all(stores.map((store) => store.close()));
  assertEquals(await counted(url), [21, 21, 21, 21]);
});

test("one server finds the requests of another", async (url) => {
  await using one = openShared(url, "one");
  await using two = openShared(url, "two");
  const [entry] = entries(1);
  one.write([entry!]);
  await allCurrent(one);
  assertEquals(await two.entry(entry!.id), { ...entry!, server: "one" });
});

test("an answer that is lost is no request that is doubled", async (url) => {
  using net = new TcpProxy(postgres.port);
  const detour = new URL(url);
  detour.port = String(net.port);
  await using store = openShared(detour.href, "here");
  store.write(entries(1));
  await allCurrent(store);
  net.losesAnswers = true;
  store.write(entries(10));
  await noticed(store);
  assertEquals(await counted(url), [11, 11, 11, 11]);
  assertEquals(await requestsIn(store), 11);
  assertEquals((await store.runTotals()).requests, 11);
  // Even when retention has meanwhile deleted what arrived.
  await postgres.query("DELETE FROM tally.entries", url);
  store.write(entries(2));
  net.losesAnswers = false;
  await allCurrent(store);
  assertEquals(await counted(url), [2, 13, 13, 13]);
  assertEquals(await requestsIn(store), 13);
  assertEquals((await store.runTotals()).requests, 13);
});

test("a database that hangs keeps nobody waiting for ever", async (url) => {
  const hanging = await Postgres.start(programs!);
  await using _hanging = hanging;
  await using store = openShared(hanging.url(), "here");
  await using other = openShared(url, "here");
  store.write(entries(3));
  await allCurrent(store, other);
  hanging.freeze("SIGSTOP");
  store.write(entries(2));
  assertEquals(await requestsIn(store), 5);
  assertEquals((await store.runTotals()).requests, 5);
  assertEquals(await requestsIn(store, { scope: "all" }), 5);
  assertEquals(store.state.unwritten, 2);
  assertEquals(store.state.shared?.isCurrent, false);
  hanging.freeze("SIGCONT");
  await allCurrent(store);
  assertEquals(await requestsIn(store), 5);
});

test("a database that is away at the start gets everything later", async () => {
  const late = await Postgres.start(programs!);
  await using _late = late;
  await late.stop();
  const path = await Deno.makeTempDir();
  {
    await using store = openShared(late.url(), "here", `${path}/buffer.db`);
    store.write(entries(3));
    await noticed(store);
    assertEquals(await requestsIn(store, { scope: "all" }), 3);
    assertEquals(store.state.unwritten, 3);
  }
  {
    await using store = openShared(late.url(), "here", `${path}/buffer.db`);
    store.write(entries(2));
    assertEquals(await requestsIn(store), 5);
    assertEquals((await store.runTotals()).requests, 2);
    await store.prune(Date.now());
    await late.start();
    await allCurrent(store);
    assertEquals(await counted(late.url()), [5, 5, 5, 5]);
    assertEquals(await requestsIn(store), 5);
    assertEquals((await store.runTotals()).requests, 2);
  }
  await Deno.remove(path, { recursive: true });
});

test("the self-check sees what the database has lost or doubled", async (url) => {
  await using store = openShared(url, "here");
  store.write(entries(4));
  await allCurrent(store);
  await postgres.query("UPDATE tally.runs SET computed = computed - 7", url);
  assertEquals((await store.runTotals()).computed, 4 * 20 - 7);
});

test("the self-check is exact while requests keep ending", async (url) => {
  await using store = openShared(url, "here");
  for (let count = 1; count <= 40; count++) {
    store.write(entries(1));
    const asked = store.runTotals();
    store.write(entries(1));
    assertEquals((await asked).requests, 2 * count - 1);
  }
});

test("a wrong password is told without it, and nothing is lost", async (url) => {
  const wrong = new URL(url);
  wrong.password = "wr0ng";
  await using store = openShared(wrong.href, "here");
  store.write(entries(1));
  await noticed(store);
  const told = JSON.stringify(store.state);
  assert(told.includes("password authentication failed"), told);
  assert(told.includes("in TALLY_LEDGER"), told);
  assert(!told.includes("wr0ng") && !told.includes(PASSWORD), told);
  assertEquals(await requestsIn(store), 1);
  assertEquals(store.state.unwritten, 1);
});

test("a database that is not there, and one of another version, are told", async (url) => {
  await using lost = openShared(`${url}_lost`, "here");
  await noticed(lost);
  assert(lost.state.shared?.problem?.includes("make the database"));
  {
    await using store = openShared(url, "here");
    await allCurrent(store);
  }
  await postgres.query("UPDATE tally.version SET version = 99", url);
  await using store = openShared(url, "here");
  store.write(entries(1));
  await noticed(store);
  assert(store.state.shared?.problem?.includes("of version 99"));
  assertEquals(await requestsIn(store), 1);
});

test("a user who may make no tables is told what to do", async (url) => {
  const { pathname } = new URL(url);
  await postgres.query("CREATE ROLE guest LOGIN PASSWORD 'guest'", url);
  const guest = new URL(url);
  guest.username = guest.password = "guest";
  await using store = openShared(guest.href, "here");
  await noticed(store);
  assert(store.state.shared?.problem?.includes("GRANT CREATE ON DATABASE"));
  await postgres.query(
    `GRANT CREATE ON DATABASE ${pathname.slice(1)} TO guest`,
    url,
  );
  store.write(entries(1));
  await allCurrent(store);
  assertEquals(await counted(url), [1, 1, 1, 1]);
});

test("nothing is lost or doubled when the database is killed under load", async () => {
  const killed = await Postgres.start(programs!);
  await using _killed = killed;
  const stores = ["a", "b"].map((name) => openShared(killed.url(), name));
  let written = 0;
  let writing = true;
  const load = stores.map(async (store) => {
    while (writing) {
      store.write(entries(7));
      written += 7;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  for (const signal of ["SIGKILL", "SIGINT", "SIGKILL"] as const) {
    await allCurrent(...stores);
    await killed.stop(signal);
    await Promise.all(stores.map(noticed));
    await killed.start();
  }
  writing = false;
  await Promise.all(load);
  await allCurrent(...stores);
  const all = await Promise.all(
    stores.map((store) => requestsIn(store, { scope: "all" })),
  );
  assertEquals(all, [written, written]);
  for (const store of stores) {
    assertEquals((await store.runTotals()).requests, await requestsIn(store));
    await store.close();
  }
});
