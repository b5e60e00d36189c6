import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ndjson,
  runTally,
  startFakeOllama,
} from "../../testing/fake_ollama.ts";

const NOTHING = () => new Response();
/** `printf GGUF | sha256sum` */
const SHA256_OF_GGUF =
  "b83633aa785344791618f2fddf131b010ea04912a60430760b070bad293f65bd";
const DIGEST = "ab".repeat(32);

function chunk(content: string, thinking?: string) {
  return { message: { role: "assistant", content, thinking }, done: false };
}

/** Answers of a model that chats. */
const CHATTING = {
  "POST /api/show": () => Response.json({ capabilities: ["completion"] }),
  "POST /api/chat": () =>
    ndjson(chunk("", "Hm."), chunk("Good "), chunk("day."), {
      ...chunk(""),
      done: true,
      prompt_eval_count: 13,
      eval_count: 248,
    }),
};

Deno.test("tally without a server says how to start one", async () => {
  const ended = await runTally("http://127.0.0.1:9", ["list"]);
  assertEquals(ended, {
    code: 1,
    out: "",
    err: "Error: Cannot reach Tally at http://127.0.0.1:9. " +
      "Start it with: tally serve\n",
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

Deno.test("tally run streams the answer to standard output and nothing else", async () => {
  await using server = startFakeOllama(CHATTING);
  const ended = await server.tally(
    ["run", "--think", "--keepalive", "30", "m", "Summarize", "it"],
    "a text\n",
  );
  assertEquals(ended, {
    code: 0,
    out: "Good day.\n",
    err: "Thinking...\nHm.\n...done thinking.\n\n",
  });
  assertEquals(server.seen.at(-1)?.body, {
    model: "m",
    messages: [{ role: "user", content: "a text\n Summarize it" }],
    keep_alive: 30,
    think: true,
    options: {},
  });
});

Deno.test("tally run --verbose tells timings on standard error", async () => {
  await using server = startFakeOllama(CHATTING);
  const ended = await server.tally(["run", "m", "--verbose", "Hi"]);
  assertEquals(ended.out, "Good day.\n");
  assertStringIncludes(ended.err, "prompt eval count:    13 token(s)");
  assertStringIncludes(ended.err, "eval count:           248 token(s)");
});

Deno.test("tally run without a prompt loads the model", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/generate": () => Response.json({ done: true }),
  });
  const ended = await server.tally(["run", "m"]);
  assertEquals([ended.code, ended.out], [0, ""]);
  assertEquals(server.seen.at(-1)?.path, "/api/generate");
});

Deno.test("tally run of a model that is missing says what there is to do", async () => {
  await using server = startFakeOllama({});
  const ended = await server.tally(["run", "x", "Hi"]);
  assertEquals([ended.code, ended.out], [1, ""]);
  assertStringIncludes(ended.err, "Error: model 'x' not found. ");
  assertStringIncludes(ended.err, "tally list");
});

Deno.test("tally run ends with the error that ends a stream", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/chat": () => ndjson(chunk("Go"), { error: "engine died" }),
  });
  const ended = await server.tally(["run", "m", "Hi"]);
  assertEquals(ended, { code: 1, out: "Go\n", err: "Error: engine died\n" });
});

Deno.test("tally run prints the vector of a model that embeds", async () => {
  await using server = startFakeOllama({
    "POST /api/show": () => Response.json({ capabilities: ["embedding"] }),
    "POST /api/embed": () => Response.json({ embeddings: [[0.5, -1]] }),
  });
  assertEquals((await server.tally(["run", "m", "Hi"])).out, "[0.5,-1]\n");
  assertEquals((await server.tally(["run", "m"])).code, 1);
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
  assertEquals(cp, { code: 0, out: "", err: "copied 'a' to 'b'\n" });
  const rm = await server.tally(["rm", "a", "b"]);
  assertEquals(rm.err, "deleted 'a'\ndeleted 'b'\n");
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

Deno.test("tally create uploads the file of the Modelfile once", async () => {
  let blobs = 0;
  await using server = startFakeOllama({
    "POST /api/create": () => ndjson({ status: "success" }),
    ["POST /api/blobs/sha256:" + SHA256_OF_GGUF]: () => {
      blobs++;
      return new Response(null, { status: 201 });
    },
    ["HEAD /api/blobs/sha256:" + SHA256_OF_GGUF]: () =>
      new Response(null, { status: blobs === 0 ? 404 : 200 }),
  });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/model.gguf`, "GGUF");
    const modelfile = `${folder}/Modelfile`;
    await Deno.writeTextFile(
      modelfile,
      "FROM ./model.gguf\nSYSTEM Be kind.\nPARAMETER stop a\n",
    );
    for (let round = 0; round < 2; round++) {
      const ended = await server.tally(["create", "m", "-f", modelfile]);
      assertEquals([ended.code, ended.out], [0, ""]);
      assert(ended.err.endsWith("success\n"));
    }
    assertEquals(blobs, 1);
    assertEquals(server.seen.at(-1)?.body, {
      model: "m",
      files: { "model.gguf": `sha256:${SHA256_OF_GGUF}` },
      system: "Be kind.",
      parameters: { stop: ["a"] },
      messages: [],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tally create tells a file that is missing before it asks the server", async () => {
  await using server = startFakeOllama({});
  const modelfile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(modelfile, "FROM ./missing.gguf\n");
    const ended = await server.tally(["create", "m", "-f", modelfile]);
    assertEquals(ended, {
      code: 1,
      out: "",
      err: "Error: Cannot find the file ./missing.gguf of the Modelfile\n",
    });
    assertEquals(server.seen, []);
  } finally {
    await Deno.remove(modelfile);
  }
});

Deno.test("tally prints help without a verb, and the settings of serve", async () => {
  const help = await runTally("", []);
  assertEquals([help.code, help.err], [0, ""]);
  assertStringIncludes(help.out, "usage ");
  const serve = await runTally("", ["serve", "--help"]);
  assertStringIncludes(serve.out, "OLLAMA_KEEP_ALIVE");
  assertStringIncludes(serve.out, "--gpu");
  const bad = await runTally("", ["dance"]);
  assertEquals([bad.code, bad.out], [1, ""]);
});

Deno.test("tally ends quietly when nobody reads its answer", async () => {
  await using server = startFakeOllama({
    ...CHATTING,
    "POST /api/chat": () =>
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
