import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  ndjson,
  runTally,
  startFakeOllama,
} from "../../testing/fake_ollama.ts";

const NOTHING = () => new Response();
const DIGEST = "ab".repeat(32);

Deno.test("tally without a server says how to start one", async () => {
  const ended = await runTally("http://127.0.0.1:9", ["list"]);
  assertEquals(ended, {
    code: 1,
    out: "",
    err: "Error: could not connect to tally at http://127.0.0.1:9, " +
      "run 'tally serve' to start it\n",
  });
});

Deno.test("tally list and ps print Ollama's columns", async () => {
  const loaded = {
    name: "smollm2:latest",
    digest: DIGEST,
    size: 96_576_768,
    size_vram: 0,
    context_length: 4096,
    expires_at: "2326-01-01T00:00:00Z",
  };
  await using server = startFakeOllama({
    "GET /api/tags": () =>
      Response.json({
        models: [{ ...loaded, modified_at: "2020-01-01T00:00:00Z" }],
      }),
    "GET /api/ps": () => Response.json({ models: [loaded] }),
  });
  const list = await server.tally(["ls", "SMOL"]);
  const [head, row] = list.out.split("\n");
  assertEquals(head, "NAME              ID              SIZE     MODIFIED");
  assertStringIncludes(
    row ?? "",
    "smollm2:latest    abababababab    96 MB    ",
  );
  const ps = await server.tally(["ps"]);
  assertEquals(
    ps.out.split("\n")[1],
    "smollm2:latest    abababababab    96 MB    100% CPU     4096       Forever",
  );
  assertEquals((await server.tally(["ls", "other"])).out.split("\n").length, 2);
});

Deno.test("tally show prints the part that is asked for", async () => {
  await using server = startFakeOllama({
    "POST /api/show": () =>
      Response.json({
        modelfile: "FROM m",
        template: "{{ .Prompt }}",
        license: "one\n\ntwo\nthree",
        details: { family: "llama", parameter_size: "134M" },
        model_info: { "tokenizer.ggml.tokens": ["a", "b", "c", "d", "e"] },
        capabilities: ["completion"],
      }),
  });
  const part = await server.tally(["show", "--modelfile", "m"]);
  assertEquals(part.out, "FROM m\n");
  const all = await server.tally(["show", "-v", "m"]);
  assertEquals(server.seen.at(-1)?.body, { model: "m", verbose: true });
  assertStringIncludes(all.out, '["a", "b", "c", ...+2 more]');
  assertStringIncludes(all.out, "    one\n    two\n    ...\n");
  const two = await server.tally(["show", "--license", "--system", "m"]);
  assertEquals(two.code, 1);
});

Deno.test("tally cp, rm and stop send what Ollama's do", async () => {
  await using server = startFakeOllama({
    "POST /api/copy": NOTHING,
    "DELETE /api/delete": NOTHING,
    "POST /api/generate": () => Response.json({ done: true }),
  });
  const cp = await server.tally(["cp", "a", "b"]);
  assertEquals(cp, { code: 0, out: "copied 'a' to 'b'\n", err: "" });
  const rm = await server.tally(["rm", "a", "b"]);
  assertEquals(rm.out, "deleted 'a'\ndeleted 'b'\n");
  await server.tally(["stop", "a"]);
  assertEquals(server.seen.map(({ body }) => body), [
    { source: "a", destination: "b" },
    { model: "a" },
    { model: "b" },
    { model: "a", keep_alive: 0, stream: false },
  ]);
});

Deno.test("tally stop of a model that is missing says so", async () => {
  await using server = startFakeOllama({});
  const ended = await server.tally(["stop", "x"]);
  assertEquals(ended, {
    code: 1,
    out: "",
    err: `Error: couldn't find model "x" to stop\n`,
  });
});

Deno.test("tally usage prints a table, or the server's JSON", async () => {
  const body = {
    start: "2026-01-28T01:22:12.913022Z",
    usage: [{
      model: "qwen3-coder:30b",
      requests: 1,
      prompt_tokens: 13,
      completion_tokens: 248,
    }],
  };
  await using server = startFakeOllama({
    "GET /api/usage": () => Response.json(body),
  });
  const table = await server.tally(["usage"]);
  assertEquals(
    table.out.split("\n").slice(2),
    [
      "MODEL              REQUESTS    PROMPT TOKENS    COMPLETION TOKENS",
      "qwen3-coder:30b    1           13               248",
      "",
    ],
  );
  const json = await server.tally(["usage", "--json"]);
  assertEquals(JSON.parse(json.out), body);
  assertEquals((await server.tally(["usage", "--watch", "0"])).code, 1);
});

Deno.test("tally usage --by asks for history, as a table or for spreadsheets", async () => {
  const body = {
    start: "2026-01-28T01:22:12.913022Z",
    since: "2026-01-21T00:00:00.000Z",
    until: "2026-01-28T02:00:00.000Z",
    usage: [{
      bucket: "2026-01-27T00:00:00.000Z",
      key: "a,b",
      requests: 2,
      prompt_tokens: 26,
      completion_tokens: 496,
      cached_tokens: 6,
    }],
  };
  await using server = startFakeOllama({
    "GET /api/usage": () => Response.json(body),
  });
  const asked = ["usage", "--by", "day,key", "--since", "7d"];
  const table = await server.tally(asked);
  assertEquals(table.out.split("\n"), [
    "since 2026-01-21T00:00:00.000Z",
    "",
    "DAY           KEY    REQUESTS    PROMPT    CACHED    GENERATED",
    "2026-01-27    a,b    2           26        6         496",
    "",
  ]);
  const csv = await server.tally([...asked, "--csv"]);
  assertEquals(
    csv.out,
    "day,key,requests,prompt,cached,generated\r\n" +
      '2026-01-27,"a,b",2,26,6,496\r\n',
  );
  const both = await server.tally(["usage", "--by", "day,hour"]);
  assertEquals(both.code, 1);
});

Deno.test("tally prints help without a verb, and the settings of serve", async () => {
  const help = await runTally("", []);
  assertEquals([help.code, help.err], [0, ""]);
  assertStringIncludes(help.out, "usage ");
  const serve = await runTally("", ["serve", "--help"]);
  assertStringIncludes(serve.out, "OLLAMA_KEEP_ALIVE");
  assertStringIncludes(serve.out, "--gpu");
  const run = await runTally("", ["help", "run"]);
  assertEquals(run.code, 0);
  for (const word of ["--hidethinking", "--insecure", "OLLAMA_NOHISTORY"]) {
    assertStringIncludes(run.out, word);
  }
});

Deno.test("tally tells in one line what is wrong with its arguments", async () => {
  const cases = [
    [["dance"], 'unknown command "dance" for "tally"'],
    [["list", "--foo"], "unknown flag: --foo"],
    [["run", "m", "--format"], "flag needs an argument: --format"],
    [["show"], "missing required argument 'model'"],
    [["signin"], "signin is not available: Tally has no cloud"],
    [["logout"], "logout is not available: Tally has no cloud"],
  ] as const;
  for (const [args, error] of cases) {
    const ended = await runTally("", args);
    assertEquals(ended, { code: 1, out: "", err: `Error: ${error}\n` });
  }
});

Deno.test("tally serve stops at a setting that means nothing", async () => {
  const ended = await runTally("127.0.0.1:port", ["serve"]);
  assertEquals(ended, {
    code: 1,
    out: "",
    err: "Error: Cannot read OLLAMA_HOST: expected host, host:port or :port, " +
      'current value is "127.0.0.1:port"\n',
  });
});

Deno.test("tally pull and push tell each status, and layers when they are whole", async () => {
  const layer = { status: "pulling 0123456789ab", digest: "d", total: 2000 };
  await using server = startFakeOllama({
    "POST /api/pull": () =>
      ndjson(
        { status: "pulling manifest" },
        layer,
        { ...layer, completed: 1000 },
        { ...layer, completed: 2000 },
        { status: "success" },
      ),
    "POST /api/push": () =>
      ndjson(
        { status: "retrieving manifest" },
        { error: "unauthorized: access denied" },
      ),
  });
  const pulled = await server.tally(["pull", "a", "--insecure"]);
  assertEquals(server.seen.at(-1)?.body, { model: "a", insecure: true });
  const lines = pulled.err.trim().split("\n");
  assertEquals([lines[0], lines.length], ["pulling manifest", 3]);
  assertStringIncludes(lines[1] ?? "", "pulling 0123456789ab: 100%");
  assertEquals(lines[2], "success");
  assertEquals([pulled.code, pulled.out], [0, ""]);

  const pushed = await server.tally(["push", "a"]);
  assertEquals(
    [pushed.code, pushed.err],
    [
      1,
      "retrieving manifest\nError: you are not authorized to push to this " +
      "namespace, create the model under a namespace you own\n",
    ],
  );
});
