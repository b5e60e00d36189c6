import { assert, assertEquals, assertMatch } from "@std/assert";
import { childrenOf, createModel, post } from "../testing/api.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { tinyBertGguf } from "../testing/tiny_bert.ts";
import { endlessGguf, tinyGguf } from "../testing/tiny_gguf.ts";

const DIED = /^model runner has unexpectedly stopped/;

/** Waits until something is so, for ten seconds at most. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!await what()) {
    assert(Date.now() < deadline, "it never comes to be");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function killEngines(server: TestServer): void {
  for (const pid of childrenOf(server.pid)) {
    Deno.kill(pid, "SIGKILL");
  }
}

async function loaded(server: TestServer) {
  const response = await fetch(`${server.baseUrl}/api/ps`);
  const { models } = await response.json();
  return models as { running: number; waiting: number }[];
}

/** Nobody is running or waiting, and every token is accounted for. */
async function assertAtRest(server: TestServer): Promise<void> {
  await until(async () =>
    (await loaded(server)).every((each) => each.running + each.waiting === 0)
  );
  const response = await fetch(`${server.baseUrl}/api/usage?check=true`);
  assertEquals((await response.json()).check.difference, 0);
}

interface Outcome {
  readonly status: number;
  readonly error: string | undefined;
}

async function outcomeOf(sent: Promise<Response>): Promise<Outcome> {
  const response = await sent;
  const { error } = await response.json();
  return { status: response.status, error };
}

function generate(
  server: TestServer,
  options: Readonly<Record<string, unknown>>,
): Promise<Outcome> {
  const body = { model: "m", prompt: "hi", stream: false, options };
  return outcomeOf(post(`${server.baseUrl}/api/generate`, body));
}

function hardTest(
  name: string,
  gguf: Uint8Array,
  fn: (server: TestServer) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using server = await startServer({
        env: { OLLAMA_NUM_PARALLEL: "1" },
      });
      const path = await Deno.makeTempFile();
      await Deno.writeFile(path, gguf);
      await createModel(server.baseUrl, "m", path);
      await Deno.remove(path);
      await fn(server);
      await assertAtRest(server);
    },
  });
}

hardTest(
  "an engine that is killed while it loads ends those who wait for it, twice",
  tinyGguf(),
  async (server) => {
    for (let round = 0; round < 2; round++) {
      const sent = Array.from({ length: 4 }, () => generate(server, {}));
      await until(() => childrenOf(server.pid).length > 0);
      killEngines(server);
      const outcomes = await Promise.all(sent);
      const ended = outcomes.filter(({ status }) => status === 500);
      assert(ended.length > 0, JSON.stringify(outcomes));
      for (const { error } of ended) {
        assertMatch(error ?? "", /^llama-server process has terminated: /);
      }
      // Who comes later gets an engine that lives.
      const late = outcomes.filter(({ status }) => status !== 500);
      assert(late.every(({ status }) => status === 200));
      await assertAtRest(server);
    }
    assertEquals((await generate(server, { num_predict: 3 })).status, 200);
  },
);

hardTest(
  "an engine that is killed twice ends two answers, and the queue is answered",
  endlessGguf(),
  async (server) => {
    const long = { num_predict: 1_000_000, temperature: 0 };
    const sent = [generate(server, long), generate(server, long)];
    await until(async () => (await loaded(server))[0]?.waiting === 1);
    sent.push(...[1, 2, 3].map(() => generate(server, { num_predict: 3 })));
    for (const waiting of [4, 3]) {
      await until(async () => {
        const [model] = await loaded(server);
        return model?.waiting === waiting && model.running === 1;
      });
      killEngines(server);
    }
    const outcomes = await Promise.all(sent);
    assertEquals(outcomes.map(({ status }) => status), [
      500,
      500,
      200,
      200,
      200,
    ]);
    assertMatch(outcomes[0]?.error ?? "", DIED);
  },
);

hardTest(
  "an engine that is killed while it embeds ends what was in it",
  tinyBertGguf(),
  async (server) => {
    const embed = (count: number) =>
      outcomeOf(post(`${server.baseUrl}/api/embed`, {
        model: "m",
        input: Array.from({ length: count }, () => "some words to embed"),
      }));
    const sent = [embed(20_000)];
    await until(async () => (await loaded(server))[0]?.running === 1);
    sent.push(embed(3));
    await until(async () => (await loaded(server))[0]?.waiting === 1);
    killEngines(server);
    const [first, second] = await Promise.all(sent);
    assertMatch(first?.error ?? "", DIED);
    assertEquals([first?.status, second?.status], [500, 200]);
  },
);

hardTest(
  "answers that are cut off at any time leave nothing behind",
  tinyGguf(),
  async (server) => {
    await Promise.all(Array.from({ length: 40 }, async (_, index) => {
      const leaving = new AbortController();
      setTimeout(() => leaving.abort(), 10 + index * 25);
      try {
        const response = await post(`${server.baseUrl}/api/generate`, {
          model: "m",
          prompt: "hi",
          options: { num_predict: 20 * index, temperature: 2 },
          ...(index % 5 === 0 ? { format: "json" } : {}),
        }, leaving.signal);
        await response.text();
      } catch {
        assert(leaving.signal.aborted);
      }
    }));
    await assertAtRest(server);
    assertEquals((await generate(server, { num_predict: 3 })).status, 200);
  },
);

hardTest(
  "options beyond all measure are answered or refused, never an accident",
  tinyGguf(),
  async (server) => {
    for (
      const options of [
        { num_ctx: -5 },
        { num_ctx: 1e12 },
        { num_batch: 1 },
        { num_batch: 0 },
        { num_batch: 1e8 },
        { num_thread: 10_000 },
        { num_thread: -3 },
        { num_gpu: 99_999 },
        { num_keep: 99_999 },
        { repeat_last_n: 999_999_999 },
        { seed: 2 ** 40 + 1 },
        { top_k: -7, top_p: -1, min_p: 5, typical_p: -2 },
        { temperature: 1e300, repeat_penalty: -1 },
        { presence_penalty: -1e9, frequency_penalty: 1e9 },
      ]
    ) {
      const { status, error } = await generate(server, {
        num_predict: 2,
        ...options,
      });
      const told = `${JSON.stringify(options)} ${error}`;
      assert(status === 200 || status === 400, told);
    }
  },
);
