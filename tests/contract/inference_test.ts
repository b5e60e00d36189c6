import { assert, assertEquals } from "@std/assert";
import type { GgufMetadata } from "../../src/models/gguf.ts";
import { testApp } from "../testing/app.ts";
import { hello } from "../testing/fake_inference.ts";
import { fakeModel } from "../testing/fake_model.ts";

type GgufValues = GgufMetadata["values"];

const chat = { model: "Plain", messages: [{ role: "user", content: "hi" }] };
const generate = { model: "Plain", prompt: "hi" };

async function linesOf(response: Response) {
  const text = await response.text();
  assert(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const MEASURED = {
  prompt_eval_count: 11,
  prompt_eval_cached_count: 2,
  prompt_eval_duration: 1_000,
  eval_count: 3,
  eval_duration: 2_000,
  load_duration: 7_000,
};

function assertTimes(chunk: Record<string, unknown>) {
  const { created_at, total_duration } = chunk;
  assert(/^\d{4}-\d\d-\d\dT.*\.\d+Z$/.test(String(created_at)));
  assert(Number(total_duration) > 0 && Number.isInteger(total_duration));
}

Deno.test("POST /api/generate streams NDJSON", async () => {
  const { post } = testApp();
  const response = await post("/api/generate", generate);
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Content-Type"), "application/x-ndjson");
  const lines = await linesOf(response);
  assertEquals(lines.map((line) => line.response), ["Hel", "lo", ""]);
  assertEquals(lines.map((line) => line.model), ["Plain", "Plain", "Plain"]);
  assertEquals(Object.keys(lines[0]), [
    "model",
    "created_at",
    "response",
    "done",
  ]);
  const { created_at: _c, total_duration: _t, ...last } = lines[2];
  assertEquals(last, {
    model: "Plain",
    response: "",
    done: true,
    done_reason: "stop",
    context: [1, 2, 3],
    ...MEASURED,
  });
  assertTimes(lines[2]);
});

Deno.test("POST /api/generate answers one object when not streaming", async () => {
  const { post } = testApp();
  const response = await post("/api/generate", { ...generate, stream: false });
  assertEquals(
    response.headers.get("Content-Type"),
    "application/json; charset=utf-8",
  );
  const body = await response.json();
  assertEquals([body.response, body.done], ["Hello", true]);
  assertEquals(body.context, [1, 2, 3]);
  assertTimes(body);
});

Deno.test("POST /api/chat streams NDJSON", async () => {
  const { post } = testApp();
  const lines = await linesOf(await post("/api/chat", chat));
  assertEquals(lines.map((line) => line.message), [
    { role: "assistant", content: "Hel" },
    { role: "assistant", content: "lo" },
    { role: "assistant", content: "" },
  ]);
  assertEquals(lines[2].done_reason, "stop");
  assertEquals(lines[2].eval_count, 3);
});

Deno.test("POST /api/chat answers one object when not streaming", async () => {
  const { post } = testApp();
  const response = await post("/api/chat", { ...chat, stream: false });
  const body = await response.json();
  assertEquals(body.message, { role: "assistant", content: "Hello" });
  assertEquals(body.prompt_eval_count, 11);
});

Deno.test("POST without a prompt loads the model and answers one object", async () => {
  for (const [path, key] of [["generate", "response"], ["chat", "message"]]) {
    const { post, inference } = testApp();
    const response = await post(`/api/${path}`, {
      model: "plain",
      keep_alive: "2m",
    });
    assertEquals(
      response.headers.get("Content-Type"),
      "application/json; charset=utf-8",
    );
    const { created_at: _, ...body } = await response.json();
    const empty = key === "response"
      ? { response: "" }
      : { message: { role: "assistant", content: "" } };
    assertEquals(body, {
      model: "plain",
      ...empty,
      done: true,
      done_reason: "load",
    });
    assertEquals(inference.loads, [{ name: "plain", keepAliveMs: 120_000 }]);
  }
});

Deno.test("POST without a prompt and with keep_alive 0 unloads the model", async () => {
  for (const path of ["generate", "chat"]) {
    for (const keep_alive of [0, "0", "0s"]) {
      const { post, inference } = testApp();
      const response = await post(`/api/${path}`, {
        model: "plain",
        keep_alive,
      });
      assertEquals((await response.json()).done_reason, "unload");
      assertEquals(inference.unloads, ["plain"]);
      assertEquals(inference.loads, []);
    }
  }
});

Deno.test("POST /api/chat passes on options over the model's PARAMETERs", async () => {
  const { post, inference } = testApp();
  await post("/api/chat", {
    ...chat,
    model: "tuned",
    stream: false,
    keep_alive: -1,
    shift: false,
    options: { temperature: 0, num_predict: 9, unknown: true, seed: null },
  });
  const [request] = inference.generations;
  assertEquals(request?.sampling.temperature, 0);
  assertEquals(request?.sampling.topK, 5);
  assertEquals(request?.sampling.seed, 7);
  assertEquals(request?.runner.contextLength, 1024);
  assertEquals(request?.limits.maxTokens, 9);
  assertEquals(request?.limits.shift, false);
  assertEquals(request?.keepAliveMs, Infinity);
  assertEquals(request?.caller.endpoint, "/api/chat");
  assertEquals(request?.wantContext, false);
});

Deno.test("POST /api/chat puts the model's SYSTEM and MESSAGE turns first", async () => {
  const { post, inference } = testApp();
  await post("/api/chat", { ...chat, model: "tuned", stream: false });
  assertEquals(inference.generations[0]?.prompt, {
    type: "chat",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "1+1?" },
      { role: "assistant", content: "2" },
      { role: "user", content: "hi" },
    ],
  });
});

Deno.test("POST /api/chat thinks by default on a model that can, and passes tools on", async () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  for (
    const [think, expected] of [
      [undefined, true],
      [false, false],
      ["high", "high"],
    ] as const
  ) {
    const { post, inference } = testApp();
    await post("/api/chat", {
      ...chat,
      model: "thinker",
      tools,
      think,
      stream: false,
    });
    assertEquals(inference.generations[0]?.prompt, {
      type: "chat",
      messages: [{ role: "user", content: "hi" }],
      tools,
      think: expected,
    });
  }
});

Deno.test("POST /api/generate passes a raw prompt as it is and wants no context", async () => {
  const { post, inference } = testApp();
  await post("/api/generate", { ...generate, raw: true, stream: false });
  const [request] = inference.generations;
  assertEquals(request?.prompt, { type: "raw", parts: ["hi"] });
  assertEquals(request?.wantContext, false);
});

Deno.test("POST /api/generate continues a context with another template", async () => {
  const { post, inference } = testApp();
  await post("/api/generate", {
    ...generate,
    system: "S",
    template: "{{ .Prompt }}",
    context: [4, 5],
    stream: false,
  });
  assertEquals(inference.generations[0]?.prompt, {
    type: "chat",
    messages: [
      { role: "system", content: "S" },
      { role: "user", content: "hi" },
    ],
    prefix: [4, 5],
    template: "{{ .Prompt }}",
  });
  assertEquals(inference.generations[0]?.wantContext, true);
});

Deno.test("POST /api/generate tells when the prompt was cut", async () => {
  const { post, inference } = testApp();
  inference.script = async function* () {
    for await (const event of hello()) {
      yield event.type === "done"
        ? {
          ...event,
          truncation: { originalTokens: 9_000, keptTokens: 4_000 },
        }
        : event;
    }
  };
  const response = await post("/api/generate", { ...generate, stream: false });
  const body = await response.json();
  assertEquals(body.prompt_truncated, true);
  assertEquals(body.prompt_original_tokens, 9_000);
});

Deno.test("POST passes format and log probabilities on", async () => {
  const schema = { type: "object", properties: { n: { type: "integer" } } };
  for (
    const [path, body] of [["generate", generate], ["chat", chat]] as const
  ) {
    const { post, inference } = testApp();
    const ask = (more: object) =>
      post(`/api/${path}`, { ...body, ...more, stream: false });
    await ask({ format: schema, logprobs: true, top_logprobs: 3 });
    await ask({ format: "json", logprobs: true });
    await ask({ format: "", top_logprobs: 3 });
    const asked = inference.generations.map((
      { format, logprobs },
    ) => [format, logprobs]);
    assertEquals(asked, [
      [{ type: "schema", schema }, 3],
      [{ type: "json" }, 0],
      [undefined, undefined],
    ]);
  }
});

Deno.test("POST with _debug_render_only answers the prompt and generates nothing", async () => {
  for (
    const [path, body] of [["generate", generate], ["chat", chat]] as const
  ) {
    const { post } = testApp();
    const response = await post(`/api/${path}`, {
      ...body,
      _debug_render_only: true,
    });
    const answer = await response.json();
    assertEquals(answer._debug_info, {
      rendered_template: "the rendered prompt",
    });
    assertEquals([answer.model, answer.done], ["Plain", false]);
  }
});

Deno.test("POST /api/generate fills a gap on a model that can", async () => {
  const { post, inference } = testApp();
  await post("/api/generate", {
    model: "filler",
    prompt: "a",
    suffix: "c",
    stream: false,
  });
  assertEquals(inference.generations[0]?.prompt, {
    type: "chat",
    messages: [{ role: "user", content: "a" }],
    suffix: "c",
  });
});

Deno.test("POST finds a model by its name with :local", async () => {
  const { post, inference } = testApp();
  const response = await post("/api/generate", {
    ...generate,
    model: "plain:local",
    stream: false,
  });
  assertEquals(response.status, 200);
  assertEquals(inference.generations[0]?.model.shortName, "plain");
});

Deno.test("POST /api/embed embeds one text or several", async () => {
  const { post, inference } = testApp();
  for (const input of ["a", ["a", "b"]]) {
    const response = await post("/api/embed", { model: "Embedder", input });
    const { total_duration, embeddings, ...body } = await response.json();
    assertEquals(embeddings.length, [input].flat().length);
    assertEquals(embeddings[0].length, 3);
    assert(total_duration > 0);
    assertEquals(body, {
      model: "Embedder",
      load_duration: 7_000,
      prompt_eval_count: 4,
    });
  }
  assertEquals(inference.embeddings[0]?.truncate, true);
  assertEquals(inference.embeddings[0]?.caller.endpoint, "/api/embed");
});

Deno.test("POST /api/embed cuts vectors to the dimensions asked for", async () => {
  const { post } = testApp();
  const response = await post("/api/embed", {
    model: "embedder",
    input: "a",
    dimensions: 1,
    truncate: false,
  });
  assertEquals((await response.json()).embeddings, [[1]]);
});

Deno.test("POST /api/embed without input loads the model", async () => {
  for (const input of [undefined, "", []]) {
    const { post, inference } = testApp();
    const response = await post("/api/embed", { model: "embedder", input });
    assertEquals(await response.json(), { model: "embedder", embeddings: [] });
    assertEquals(inference.loads.length, 1);
  }
});

Deno.test("POST /api/embeddings answers one vector without counts", async () => {
  const { post, inference } = testApp();
  const response = await post("/api/embeddings", {
    model: "embedder",
    prompt: "a",
  });
  const body = await response.json();
  assertEquals(Object.keys(body), ["embedding"]);
  assertEquals(body.embedding.length, 3);
  const empty = await post("/api/embeddings", { model: "embedder" });
  assertEquals(await empty.json(), { embedding: [] });
  assertEquals(inference.loads.length, 1);
});

Deno.test("POST /api/embeddings leaves vectors of models as they are that Ollama's leaves so", async () => {
  const { post, inference, registry } = testApp();
  const bert = (name: string, architecture: string, changes: GgufValues = {}) =>
    fakeModel(name, {
      capabilities: ["embedding"],
      metadata: {
        ...fakeModel(name).metadata,
        architecture,
        poolingType: 1,
        values: changes,
      },
    });
  const said = (architecture: string, value: boolean) => ({
    [`${architecture}.normalize_embeddings`]: value,
  });
  const cases = [
    [bert("a", "bert"), false],
    [bert("b", "bert", said("bert", false)), true],
    [bert("c", "bert", { "tokenizer.ggml.model": "t5" }), true],
    [bert("d", "nomic-bert"), true],
    [bert("e", "nomic-bert", said("nomic-bert", true)), false],
    [bert("f", "gemma-embedding"), false],
  ] as const;
  for (const [model, raw] of cases) {
    registry.models.push(model);
    const body = { model: model.shortName };
    await post("/api/embeddings", { ...body, prompt: "x" });
    assertEquals(inference.embeddings.pop()?.raw, raw, model.shortName);
    await post("/api/embed", { ...body, input: "x" });
    assertEquals(inference.embeddings.pop()?.raw, false);
  }
});
