import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { UsageDatabase } from "../../../../src/usage/store/usage_database.ts";
import { entryWith } from "../../../testing/entries.ts";
import {
  requestsIn,
  testEntryStore,
} from "../../../testing/entry_store_suite.ts";

/** A database, closed and deleted afterwards. */
function opened(options: { path?: string; run?: string } = {}) {
  const database = new UsageDatabase({ server: "here", run: "1", ...options });
  return Object.assign(database, {
    [Symbol.dispose]: () => database.close(),
  });
}

testEntryStore("UsageDatabase", async (test) => {
  using database = opened();
  await test(database);
});

Deno.test("UsageDatabase sums up the days of a file that has none", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  {
    using database = opened({ path });
    database.write([
      entryWith(),
      entryWith(),
    ]);
  }
  const file = new DatabaseSync(path);
  file.exec("DROP TABLE days");
  file.close();
  {
    using database = opened({ path });
    database.write([entryWith()]);
    assertEquals(await requestsIn(database), 3);
  }
  await Deno.remove(folder, { recursive: true });
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
    assertEquals(await requestsIn(database), 3);
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
    assertEquals(await requestsIn(database), 2);
    assertEquals(database.entry(kept.id)?.model, "kept");
    other.exec("ROLLBACK");
    other.close();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    database.write([entryWith()]);
    assertEquals(database.state, { path, unwritten: 0 });
    assertEquals(await requestsIn(database), 3);
  }
  {
    using database = opened({ path });
    assertEquals(await requestsIn(database), 3);
    assertEquals(database.runTotals().requests, 3);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UsageDatabase without a file that can be opened keeps all in memory", async () => {
  const file = await Deno.makeTempFile();
  using database = opened({ path: `${file}/usage.db` });
  database.write([entryWith()]);
  assertEquals(await requestsIn(database), 1);
  assertEquals(database.state.unwritten, 1);
  assert(database.state.problem !== undefined);
  await Deno.remove(file);
});
