/**
 * A program that keeps writing to a ledger until it is killed. Every id it
 * prints is in the ledger for good.
 *
 *     ledger_writer.ts URL FILE SERVER
 *
 * @module
 */

import { createLog } from "../../src/log.ts";
import { UsageStore } from "../../src/usage/store/usage_store.ts";
import { entryWith } from "./entries.ts";

const [url, path, server] = Deno.args;
const store = new UsageStore({
  url: url!,
  path: path!,
  server: server!,
  run: crypto.randomUUID(),
  retentionMs: Infinity,
  log: createLog("info"),
});
for (;;) {
  const id = crypto.randomUUID().replaceAll("-", "");
  store.add(entryWith({ id, endedAt: Date.now(), key: "team" }));
  if (Math.random() < 0.3) {
    // An answer shows it; what was shown must not be lost.
    await store.entry(id);
    console.log(id);
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
}
