import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Chaos } from "../testing/chaos.ts";
import { FakedClock } from "../testing/faked_clock.ts";
import { Random } from "../testing/random.ts";

/** All of it: `TALLY_CHAOS_REQUESTS=2000 deno task test:ledger`. */
const REQUESTS = Number(Deno.env.get("TALLY_CHAOS_REQUESTS") ?? 300);

/** What a killed server may lose, milliseconds. */
const LOST_MS = 1000;

/** Rows of the ledger's file. */
function rowsOf(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  const all = (sql: string) =>
    database.prepare(sql).all() as Record<string, number>[];
  const sums = "sum(cached + computed) AS prompt, sum(generated) AS generated";
  const rows = {
    entries: all(
      "SELECT id, outcome, cached + computed AS prompt, generated FROM entries",
    ) as unknown as Row[],
    total: all(`SELECT count(*) AS requests, ${sums} FROM entries`)[0],
    hours: all(`SELECT sum(requests) AS requests, ${sums} FROM hours`)[0],
    runs: all(`SELECT sum(requests) AS requests, ${sums} FROM runs`)[0],
  };
  database.close();
  return rows;
}

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly prompt: number;
  readonly generated: number;
}

Deno.test({
  name: `the ledger balances over ${REQUESTS} requests with killed engines, ` +
    "a killed server, clients that leave and clocks that jump",
  ignore: Deno.build.os === "windows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using clock = new FakedClock();
    await using chaos = new Chaos({
      requests: REQUESTS,
      concurrency: 24,
      engineKills: Math.max(3, Math.round(REQUESTS / 200)),
      clockJumps: 5,
      random: new Random(20260128),
      clock,
    });
    await chaos.run();
    await chaos.stop();
    const { entries, total, hours, runs } = rowsOf(chaos.ledger);
    assertEquals(hours, total);
    assertEquals(runs, total);
    assertEquals(total?.["requests"], chaos.totals.requests);
    assertEquals(total?.["prompt"], chaos.totals.prompt_tokens);
    assertEquals(total?.["generated"], chaos.totals.completion_tokens);

    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    assertEquals(byId.size, entries.length);
    assert(entries.length <= REQUESTS);
    let missing = 0;
    for (const { id, tokens, endedAt, ofKilled } of chaos.known) {
      const entry = byId.get(id);
      const mayBeLost = ofKilled && endedAt > chaos.killedAt - LOST_MS;
      if (entry === undefined) {
        assert(mayBeLost, `${id} is missing`);
        missing++;
      } else if (tokens !== undefined) {
        const { outcome, prompt, generated } = entry;
        assertEquals({ outcome, prompt, generated }, {
          outcome: "completed",
          ...tokens,
        });
      }
    }
    const outcomes = Object.groupBy(entries, ({ outcome }) => outcome);
    for (const outcome of ["completed", "cancelled", "failed"]) {
      assert((outcomes[outcome]?.length ?? 0) > 0, outcome);
    }
    assert(chaos.reads > 10);
    console.log(
      `${entries.length} entries: ${
        Object.entries(outcomes).map(([name, rows]) =>
          `${rows?.length} ${name}`
        )
          .join(", ")
      }; ${missing} lost with the server; usage read ${chaos.reads} times`,
    );
  },
});
