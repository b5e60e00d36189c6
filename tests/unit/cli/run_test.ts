import { assertEquals, assertStringIncludes } from "@std/assert";
import { ndjson, startFakeOllama } from "../../testing/fake_ollama.ts";

function chunk(response: string, thinking?: string) {
  return { response, thinking, done: false };
}

/** Answers of a model that chats. */
const CHATTING = {
  "POST /api/show": () => Response.json({ capabilities: ["completion"] }),
  "POST /api/generate": () =>
    ndjson(chunk("", "Hm."), chunk("Good "), chunk("day."), {
      ...chunk(""),
      done: true,
      prompt_eval_count: 13,
      eval_count: 248,
    }),
};

Deno.test("tally run shows thoughts and the answer", async () => {
  await using server = startFakeOllama(CHATTING);
  const ended = await server.tally(
    ["run", "--think", "--keepalive", "30", "m", "Summarize", "it"],
    "a text\n",
  );
  assertEquals(ended, {
    code: 0,
    out: "Thinking...\nHm.\n...done thinking.\n\nGood day.\n\n",
    err: "",
  });
  assertEquals(server.seen.at(-1)?.body, {
    model: "m",
    prompt: "a text\n Summarize it",
    keep_alive: 30,
    think: true,
    options: {},
  });
});

Deno.test("tally run sends what its flags ask for", async () => {
  await using server = startFakeOllama(CHATTING);
  const schema = '{"type":"object"}';
  const ended = await server.tally([
    "run",
    "m",
    "--hidethinking",
    "--think=high",
    "--nowordwrap",
    `--format=${schema}`,
    "--keepalive=1h",
    "Hi",
  ]);
  assertEquals([ended.code, ended.out], [0, "Good day.\n\n"]);
  assertEquals(server.seen.at(-1)?.body, {
    model: "m",
    prompt: "Hi",
    format: { type: "object" },
    keep_alive: "1h",
    think: "high",
    options: {},
  });
});

Deno.test("tally run refuses flags that mean nothing before it asks", async () => {
  await using server = startFakeOllama(CHATTING);
  const cases = [
    [
      "--think=much",
      'invalid value for --think: "much" ' +
      "(must be true, false, high, medium, low, or max)",
    ],
    ["--keepalive=soon", 'time: invalid duration "soon"'],
    [
      "--format=yaml",
      'invalid value for --format: "yaml" (must be json or a JSON Schema)',
    ],
  ];
  for (const [flag = "", error] of cases) {
    const ended = await server.tally(["run", "m", flag, "Hi"]);
    assertEquals(ended, { code: 1, out: "", err: `Error: ${error}\n` });
  }
  assertEquals(server.seen, []);
});

Deno.test("tally run lets a model think that can", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/show": () => Response.json({ capabilities: ["thinking"] }),
  });
  await server.tally(["run", "m", "Hi"]);
  await server.tally(["run", "--think=false", "m", "Hi"]);
  const bodies = server.seen
    .filter(({ path }) => path === "/api/generate")
    .map(({ body }) => (body as { think?: boolean }).think);
  assertEquals(bodies, [true, false]);
});

Deno.test("tally run --verbose tells timings on standard error", async () => {
  await using server = startFakeOllama(CHATTING);
  const ended = await server.tally(["run", "m", "--verbose", "Hi"]);
  assertStringIncludes(ended.out, "Good day.\n\n");
  assertEquals(
    ended.err,
    "prompt eval count:    13 token(s)\neval count:           248 token(s)\n",
  );
});

Deno.test("tally run without a prompt loads the model", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/generate": () => Response.json({ done: true }),
  });
  const ended = await server.tally(["run", "m"]);
  assertEquals([ended.code, ended.out], [0, ""]);
  assertEquals(server.seen.at(-1)?.body, { model: "m", stream: false });
});

Deno.test("tally run pulls a model that is missing", async () => {
  let pulled = false;
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/show": () =>
      pulled
        ? CHATTING["POST /api/show"]()
        : Response.json({ error: "model 'm' not found" }, { status: 404 }),
    "POST /api/pull": () => {
      pulled = true;
      return ndjson({ status: "pulling manifest" }, { status: "success" });
    },
  });
  const ended = await server.tally(["run", "--insecure", "m", "Hi"]);
  assertEquals(ended.code, 0);
  assertStringIncludes(ended.err, "pulling manifest\nsuccess\n");
  assertStringIncludes(ended.out, "Good day.");
  assertEquals(
    server.seen.map(({ path }) => path),
    ["/api/show", "/api/pull", "/api/show", "/api/generate"],
  );
  assertEquals(server.seen[1]?.body, { model: "m", insecure: true });
});

Deno.test("tally run tells why a missing model cannot be pulled", async () => {
  const error = "pull model manifest: file does not exist";
  await using server = startFakeOllama({
    "POST /api/pull": () => ndjson({ status: "pulling manifest" }, { error }),
  });
  const ended = await server.tally(["run", "x", "Hi"]);
  assertEquals([ended.code, ended.out], [1, ""]);
  assertStringIncludes(ended.err, `Error: ${error}\n`);
  const cloud = await server.tally(["run", "x:cloud", "Hi"]);
  assertEquals(cloud.err, "Error: model 'x' not found\n");
});

Deno.test("tally run ends with the error that ends a stream", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/generate": () => ndjson(chunk("Go"), { error: "engine died" }),
  });
  const ended = await server.tally(["run", "m", "Hi"]);
  assertEquals(ended, { code: 1, out: "Go", err: "Error: engine died\n" });
});

Deno.test("tally run prints the vector of a model that embeds", async () => {
  await using server = startFakeOllama({
    "POST /api/show": () => Response.json({ capabilities: ["embedding"] }),
    "POST /api/embed": () => Response.json({ embeddings: [[0.5, -1]] }),
  });
  const ended = await server.tally(
    ["run", "--truncate=false", "--dimensions", "2", "m", "Hi"],
  );
  assertEquals(ended.out, "[0.5,-1]\n");
  assertEquals(server.seen.at(-1)?.body, {
    model: "m",
    input: "Hi",
    truncate: false,
    dimensions: 2,
  });
  assertEquals(
    (await server.tally(["run", "m"])).err,
    'Error: embedding models require input text. Usage: tally run m "your text here"\n',
  );
});

Deno.test("tally ends quietly when nobody reads its answer", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/generate": () =>
      ndjson(...Array.from({ length: 5000 }, () => chunk("word ".repeat(20)))),
  });
  const main = new URL("../../../main.ts", import.meta.url).pathname;
  const { code, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      'set -o pipefail; "$0" run -A --no-check "$1" run m Hi </dev/null | head -c 5 >/dev/null',
      Deno.execPath(),
      main,
    ],
    env: { OLLAMA_HOST: server.url },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});
