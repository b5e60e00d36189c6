import { assert, assertEquals } from "@std/assert";
import { ServerError } from "../../src/errors.ts";
import type { Caller } from "../../src/generation.ts";
import { createLog } from "../../src/log.ts";
import { createKey } from "../../src/usage/keys/key_file.ts";
import type { NewKey } from "../../src/usage/keys/key.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { KeyLimits } from "../../src/usage/keys/key_limits.ts";
import { Ledger } from "../../src/usage/ledger.ts";
import { SharedLedger } from "../../src/usage/store/shared_ledger.ts";
import { UsageStore } from "../../src/usage/store/usage_store.ts";
import { findPostgres, Postgres } from "../testing/postgres.ts";
import { current, newDatabase } from "../testing/shared_store.ts";
import { until } from "../testing/wait.ts";

const programs = findPostgres();
let postgres: Postgres;

Deno.test.beforeAll(async () => {
  if (programs !== undefined) {
    postgres = await Postgres.start(programs);
  }
});

Deno.test.afterAll(() => postgres?.[Symbol.asyncDispose]());

/** Most tokens of a request here, of which it uses a part. */
const MOST = 50;

let requests = 0;

/** The accounts of a server without the server. */
function openServer(url: string, server: string, keys: string) {
  const store = new UsageStore({
    url,
    server,
    run: crypto.randomUUID(),
    retentionMs: Infinity,
    log: createLog("error"),
  });
  const limits = new KeyLimits(new Keyring(keys), store, store);
  const ledger = new Ledger((entry) => {
    store.add(entry);
    limits.add(entry);
  });
  /** A request as `Inference` books it; tokens it used. */
  const ask = async (uses: number, takes = 0): Promise<number> => {
    const caller: Caller = {
      id: (++requests).toString(16).padStart(32, "0"),
      endpoint: "/api/chat",
      key: "team",
      endUser: "",
    };
    const meter = ledger.open(caller, "m");
    let allowance;
    try {
      allowance = await limits.admit(caller);
      await allowance.reserve(MOST);
      await new Promise((resolve) => setTimeout(resolve, takes));
      meter.update({ cached: 0, computed: 10, generated: uses - 10 });
      meter.end("completed");
      return uses;
    } catch (error) {
      assert(error instanceof ServerError, String(error));
      assertEquals(error.kind, "rate_limited");
      meter.end("rejected");
      return 0;
    } finally {
      allowance?.end();
    }
  };
  return {
    store,
    ask,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

type Server = ReturnType<typeof openServer>;

/** Two servers, one database, one file of keys. */
function test(
  name: string,
  limits: Pick<NewKey, "tokens" | "requests">,
  run: (servers: readonly [Server, Server], url: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: programs === undefined,
    async fn() {
      const folder = await Deno.makeTempDir();
      const keys = `${folder}/keys.json`;
      createKey(keys, { name: "team", admin: false, ...limits });
      const url = await newDatabase(postgres);
      {
        await using one = openServer(url, "one", keys);
        await using two = openServer(url, "two", keys);
        await until(() => current(one.store) && current(two.store));
        await run([one, two], url);
      }
      await Deno.remove(folder, { recursive: true });
    },
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

async function reserved(url: string): Promise<number> {
  const rows = await postgres.query("SELECT id FROM tally.reservations", url);
  return rows.length;
}

test(
  "50 requests at once to two servers use no more than the budget for 10",
  { tokens: { month: 10 * MOST }, requests: {} },
  async (servers, url) => {
    const asked = Array.from(
      { length: 50 },
      (_, index) => servers[index % 2]!.ask(MOST, Math.random() * 300),
    );
    const used = await Promise.all(asked);
    // Whoever is refused asks again, until nothing is left at all.
    for (let round = 0; round < 10; round++) {
      used.push(await servers[round % 2]!.ask(MOST));
    }
    assert(sum(used) >= 10 * MOST, `${sum(used)} used`);
    assert(sum(used) < 11 * MOST, `${sum(used)} used`);
    await until(async () => await reserved(url) === 0);
    const [spent] = await postgres.query(
      "SELECT tokens::int, requests::int FROM tally.spent WHERE period = 'month'",
      url,
    );
    assertEquals(spent, {
      tokens: sum(used),
      requests: used.filter((tokens) => tokens > 0).length,
    });
  },
);

test(
  "what requests did not use is there for the next, on either server",
  { tokens: { day: 10 * MOST }, requests: {} },
  async (servers) => {
    const used: number[] = [];
    for (let round = 0; round < 60; round++) {
      used.push(await servers[round % 2]!.ask(20));
    }
    assertEquals(sum(used), 10 * MOST);
    assertEquals(used.slice(0, 25).every((tokens) => tokens === 20), true);
  },
);

test(
  "two servers count requests together",
  { tokens: {}, requests: { day: 7 } },
  async (servers) => {
    const used = await Promise.all(
      Array.from({ length: 20 }, (_, index) => servers[index % 2]!.ask(10, 50)),
    );
    assertEquals(used.filter((tokens) => tokens > 0).length, 7);
  },
);

test(
  "what a server that is gone had set aside is given back",
  { tokens: { month: 10 * MOST }, requests: {} },
  async ([one], url) => {
    const claim = { key: "team", tokens: 10 * MOST, requests: 1, limits: [] };
    const gone = new SharedLedger(url, { server: "gone", run: "gone" });
    await gone.open();
    await gone.reserve({ ...claim, requests: 1, id: "lost" });
    await gone.close();
    assertEquals(await one.ask(20), 0);
    await postgres.query(
      "UPDATE tally.servers SET seen_at = now() - INTERVAL '31 seconds' " +
        "WHERE run = 'gone'",
      url,
    );
    // Another server's next sign of life notices.
    await until(async () => await reserved(url) === 0);
    assertEquals(await one.ask(20), 20);
  },
);

test(
  "while the database is away servers go by what they know",
  { tokens: { month: 10 * MOST }, requests: {} },
  async ([one, two], url) => {
    assertEquals(sum([await one.ask(50), await two.ask(50)]), 100);
    for (let round = 0; round < 3; round++) {
      assertEquals(await two.ask(50), 50);
    }
    await until(async () => await reserved(url) === 0);
    assertEquals(await one.ask(50), 50);
    await postgres.stop("SIGKILL");
    // 300 are known to be used; alone, each may use the other 200 once.
    const used = [];
    for (let round = 0; round < 10; round++) {
      used.push(await one.ask(50));
    }
    assertEquals(sum(used), 200);
    await postgres.start();
    await until(() => current(one.store) && current(two.store));
    assertEquals(await two.ask(50), 0);
  },
);
