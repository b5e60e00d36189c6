/**
 * What booking a request costs in its path: from its beginning to its end in
 * the ledger, with its file, limits and metrics listening.
 *
 * @module
 */

import { openAccounting } from "../../src/cli/accounting.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { Metrics } from "../../src/usage/metrics.ts";
import { median } from "../table.ts";

/** Requests of one measurement. */
const REQUESTS = 2000;

const ROUNDS = 25;

function openBooks(folder: string) {
  const config = readConfig((name) =>
    name === "TALLY_LEDGER" ? `${folder}/usage.db` : undefined
  );
  const accounting = openAccounting(config, createLog("error"));
  const metrics = new Metrics({
    ...accounting,
    loaded: () => [],
    queueLength: () => 0,
    version: "bench",
  });
  accounting.listeners.push((request) => metrics.add(request));
  return { ...accounting, metrics };
}

/** Everything the server does for a request that has no limits. */
function bookOne({ ledger }: ReturnType<typeof openBooks>, id: string): void {
  const meter = ledger.open(
    { id, endpoint: "/api/chat", key: "anonymous", endUser: "" },
    "smollm2:135m",
  );
  meter.leased({ queueNs: 0, loadNs: 1 });
  meter.update({ cached: 20, computed: 11, generated: 1 });
  meter.end("completed", {
    timings: { promptNs: 1e8, decodeNs: 1e9 },
    reasoning: 0,
    finishReason: "stop",
  });
}

/** Prints microseconds a request, and of what is done later. */
export async function benchRecording(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const books = openBooks(folder);
  const path: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    for (let request = 0; request < REQUESTS; request++) {
      bookOne(books, `${round}-${request}`);
    }
    path.push((performance.now() - started) / REQUESTS * 1000);
    const ended = performance.now();
    await books.metrics.text();
    later.push((performance.now() - ended) / REQUESTS * 1000);
    await books.archive.runTotals();
  }
  await books.archive.close();
  await Deno.remove(folder, { recursive: true });
  console.log(
    `booking a request: ${median(path).toFixed(2)} µs in its path, ` +
      `${median(later).toFixed(2)} µs of metrics later ` +
      `(medians of ${ROUNDS} times ${REQUESTS} requests)`,
  );
}
