import { assert, assertEquals } from "@std/assert";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { findPostgres, PASSWORD, Postgres } from "../testing/postgres.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { until } from "../testing/wait.ts";

const programs = findPostgres();
const gguf = findModel("smollm2");

/** Of the prompt below, with its template; measured, and checked. */
const PROMPT_TOKENS = 31;
const MAX_TOKENS = 20;
const MOST = PROMPT_TOKENS + MAX_TOKENS;
const BUDGET = 10 * MOST;

function executable(): string | undefined {
  const path = new URL("../../dist/tally", import.meta.url).pathname;
  try {
    return Deno.statSync(path).isFile ? path : undefined;
  } catch {
    console.warn("NO EXECUTABLE: its tests are ignored. Run: deno task build");
    return undefined;
  }
}

async function ask({ baseUrl }: TestServer, key: string) {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      max_tokens: MAX_TOKENS,
    }),
  });
  const { usage } = await response.json();
  const id = response.headers.get("X-Request-Id") ?? "";
  return { status: response.status, tokens: usage?.total_tokens ?? 0, id };
}

/** An administrator's questions. */
function reader(key: string) {
  const get = async (server: TestServer, path: string) => {
    const response = await fetch(server.baseUrl + path, {
      headers: { Authorization: `Bearer ${key}` },
    });
    assertEquals(response.status, 200, path);
    return response;
  };
  return {
    json: async (server: TestServer, path: string) =>
      await (await get(server, path)).json(),
    text: async (server: TestServer, path: string) =>
      await (await get(server, path)).text(),
  };
}

type Reader = ReturnType<typeof reader>;
type Servers = readonly [TestServer, TestServer];

async function holdBudget(servers: Servers, key: string): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => ask(servers[index % 2]!, key)),
  );
  const served = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  assertEquals(served.length + refused.length, 50);
  const used = served.reduce((sum, { tokens }) => sum + tokens, 0);
  assert(used < BUDGET + MOST, `${used} used`);
  assert(served.length >= 10, `${served.length} served`);
  return used;
}

async function agree(servers: Servers, read: Reader, used: number) {
  const paths = [
    "/api/usage?scope=all&group_by=key,outcome,server&since=1h&bucket=day",
    "/v1/organization/usage/completions?start_time=0&limit=31&bucket_width=1d",
  ];
  // From here on nothing is on its way any more.
  for (const server of servers) {
    const { check } = await read.json(server, "/api/usage?check=true");
    assertEquals(check.difference, 0);
  }
  for (const path of paths) {
    const [one, two] = await Promise.all(
      servers.map((server) => read.json(server, path)),
    );
    assertEquals(one.usage ?? one.data, two.usage ?? two.data);
    assertEquals(one.partial, undefined);
  }
  const own = await Promise.all(servers.map(async (server) => {
    const { usage } = await read.json(server, "/api/usage?group_by=");
    return usage[0].prompt_tokens + usage[0].completion_tokens;
  }));
  assert(own.every((tokens) => tokens > 0), String(own));
  assertEquals(own[0] + own[1], used);
}

async function loseDatabase(
  [one, two]: Servers,
  { postgres, read, key }: { postgres: Postgres; read: Reader; key: string },
) {
  const all = "/api/usage?scope=all&since=1h&group_by=";
  const before = (await read.json(one, all)).usage[0].requests;
  await postgres.stop("SIGKILL");
  const { status, id } = await ask(one, key);
  assertEquals(status, 200);
  const alone = await read.json(one, all);
  assertEquals(alone.partial, true);
  assert(alone.usage[0].requests < before, JSON.stringify(alone));
  assertEquals((await read.json(one, `/api/usage/requests/${id}`)).key, "free");
  const { check } = await read.json(one, "/api/usage?check=true");
  assertEquals(check.difference, 0);
  assert((await read.text(one, "/metrics"))
    .includes("\ntally_ledger_unwritten_entries 1\n"));
  await postgres.start();
  await until(async () => {
    const { partial, usage } = await read.json(two, all);
    return !partial && usage[0].requests === before + 1;
  });
  assertEquals((await read.json(two, `/api/usage/requests/${id}`)).key, "free");
  assert((await read.text(one, "/metrics"))
    .includes("\ntally_ledger_unwritten_entries 0\n"));
}

async function shareLedger(binary?: string): Promise<void> {
  await using postgres = await Postgres.start(programs!);
  const folder = await Deno.makeTempDir();
  const keys = `${folder}/some_keys.json`;
  const unlimited = { tokens: {}, requests: {} };
  {
    await using open = await startServer({ folder });
    await createModel(open.baseUrl, "m", gguf!);
  }
  const limited = createKey(keys, {
    name: "ann",
    admin: false,
    tokens: { month: BUDGET },
    requests: {},
  });
  const free = createKey(keys, { name: "free", admin: false, ...unlimited });
  const admin = createKey(keys, { name: "boss", admin: true, ...unlimited });
  const start = (name: string) =>
    startServer({
      folder,
      ...(binary === undefined ? {} : { binary }),
      env: {
        TALLY_KEYS: keys,
        TALLY_LEDGER: postgres.url(),
        TALLY_LEDGER_BUFFER: `${folder}/${name}.db`,
        TALLY_SERVER_NAME: name,
        OLLAMA_NUM_PARALLEL: "8",
        TALLY_THREADS: "1",
      },
    });
  {
    await using one = await start("one");
    await using two = await start("two");
    const servers = [one, two] as const;
    const read = reader(admin);
    const used = await holdBudget(servers, limited);
    await agree(servers, read, used);
    await loseDatabase(servers, { postgres, read, key: free });
    const told = one.log() + two.log() +
      await read.text(one, "/api/usage?details=true&check=true&live=true");
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) {
      assert(!told.includes(secret), told);
    }
    assert(told.includes("the shared ledger cannot be reached"), told);
  }
  await Deno.remove(folder, { recursive: true });
}

Deno.test({
  name: "two servers share a ledger and its budgets, and do without it",
  ignore: programs === undefined || gguf === undefined,
  fn: () => shareLedger(),
});

const binary = executable();

Deno.test({
  name: "two executables share a ledger and its budgets, and do without it",
  ignore: programs === undefined || gguf === undefined || binary === undefined,
  fn: () => shareLedger(binary),
});
