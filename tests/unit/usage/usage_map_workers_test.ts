import { assert, assertEquals } from "@std/assert";
import {
  OUTCOMES,
  UsageMap,
  type UsageRow,
} from "../../../src/usage/usage_map.ts";
import type { WriterTask } from "../../testing/usage_writer.ts";

const COUNTS = { cached: 3, computed: 10, generated: 248 };
const MODELS = ["a", "b:1b", "c"];

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
}

async function createWriter(): Promise<Worker> {
  const url = new URL("../../testing/usage_writer.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  await nextMessage(worker);
  return worker;
}

function requestsOf(rows: readonly UsageRow[]): number {
  return rows.flatMap((row) => OUTCOMES.map((each) => row[each].requests))
    .reduce((sum, requests) => sum + requests, 0);
}

/** Every request has the same tokens, so a torn row shows. */
function assertWhole(rows: readonly UsageRow[]): void {
  const { cached, computed, generated } = COUNTS;
  for (const row of rows) {
    for (const outcome of OUTCOMES) {
      const { requests } = row[outcome];
      assertEquals(row[outcome], {
        requests,
        cached: requests * cached,
        computed: requests * computed,
        generated: requests * generated,
      });
    }
  }
}

Deno.test("UsageMap shows whole rows and loses nothing while workers write", async () => {
  const map = UsageMap.create();
  const workers = await Promise.all([1, 2, 3].map(createWriter));
  const requests = 60_000;
  const task: WriterTask = {
    buffer: map.buffer,
    models: MODELS,
    outcomes: OUTCOMES,
    counts: COUNTS,
    requests,
  };
  let writing = workers.length;
  const finished = workers.map(async (worker) => {
    const done = nextMessage(worker);
    worker.postMessage(task);
    await done;
    writing--;
    worker.terminate();
  });
  let own = 0;
  const seen = new Set<number>();
  while (writing > 0) {
    const rows = map.snapshot();
    assertWhole(rows);
    seen.add(requestsOf(rows));
    map.add("a", "failed", COUNTS);
    own++;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await Promise.all(finished);
  const rows = map.snapshot();
  assertWhole(rows);
  assertEquals(rows.map(({ model }) => model).sort(), MODELS);
  assertEquals(requestsOf(rows), workers.length * requests + own);
  assert(seen.size > 3, `only ${seen.size} snapshots while workers wrote`);
});
