import { assert, assertEquals } from "@std/assert";
import { createLog } from "../../../../src/log.ts";
import type { UsageQuery } from "../../../../src/usage/query.ts";
import { UsageStore } from "../../../../src/usage/store/usage_store.ts";
import { entryWith } from "../../../testing/entries.ts";

const BY_MODEL: UsageQuery = {
  groupBy: ["model"],
  since: 0,
  until: Infinity,
  only: {},
  scope: "server",
};

function open(path: string | undefined) {
  const lines: string[] = [];
  const store = new UsageStore({
    ...(path === undefined ? {} : { path }),
    server: "here",
    run: "1",
    retentionMs: Infinity,
    log: createLog("info", (line) => lines.push(line)),
  });
  return { store, lines };
}

Deno.test("UsageStore answers about all that has ended before it was asked", async () => {
  const { store } = open(undefined);
  const entry = entryWith({ model: "b" });
  store.add(entryWith({ model: "a" }));
  store.add(entry);
  const groups = await store.query(BY_MODEL);
  assertEquals(groups.map(({ model, requests }) => [model, requests]), [
    ["a", 1],
    ["b", 1],
  ]);
  assertEquals((await store.entry(entry.id))?.model, "b");
  assertEquals((await store.runTotals()).requests, 2);
  await store.close();
});

Deno.test("UsageStore writes without being asked", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  const { store } = open(path);
  const reader = open(path).store;
  store.add(entryWith());
  const deadline = Date.now() + 5000;
  while ((await reader.runTotals()).requests === 0) {
    assert(Date.now() < deadline, "nothing was written");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await reader.close();
  await store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UsageStore writes what is left when it is closed", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/usage.db`;
  const { store } = open(path);
  store.add(entryWith());
  await store.close();
  const again = open(path).store;
  assertEquals((await again.query(BY_MODEL))[0]?.requests, 1);
  await again.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UsageStore says when the file cannot be written", async () => {
  const file = await Deno.makeTempFile();
  const { store, lines } = open(`${file}/usage.db`);
  store.add(entryWith());
  assertEquals((await store.runTotals()).requests, 1);
  assertEquals(store.state.unwritten, 1);
  assertEquals(lines.length, 1);
  assert(lines[0]?.includes("TALLY_LEDGER"), lines[0]);
  await store.close();
  await Deno.remove(file);
});
