import { assertEquals, assertStringIncludes } from "@std/assert";
import { testApp } from "../testing/app.ts";

const DETAILS = {
  parent_model: "",
  format: "gguf",
  family: "llama",
  families: ["llama"],
  parameter_size: "1.5B",
  quantization_level: "Q4_1",
  context_length: 2048,
  embedding_length: 576,
};

Deno.test("GET /api/tags lists the models of the store", async () => {
  const { app } = testApp();
  const response = await app.request("/api/tags");
  const { models } = await response.json();
  assertEquals(
    models.map((model: { name: string }) => model.name),
    [
      "plain:latest",
      "embedder:latest",
      "ranker:latest",
      "thinker:latest",
      "filler:latest",
      "tuned:latest",
    ],
  );
  assertEquals(models[0], {
    name: "plain:latest",
    model: "plain:latest",
    modified_at: "2026-01-02T03:04:05.678Z",
    size: 1234,
    digest: "ab".repeat(32),
    details: DETAILS,
    capabilities: ["completion"],
  });
  const head = await app.request("/api/tags", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("POST /api/show tells everything about a model", async () => {
  const { post } = testApp();
  for (const key of ["model", "name"]) {
    const body = await (await post("/api/show", { [key]: "Tuned" })).json();
    assertStringIncludes(body.modelfile, "# FROM tuned:latest\n");
    assertStringIncludes(body.modelfile, "PARAMETER stop Q:");
    assertStringIncludes(body.parameters, "temperature");
    assertEquals(body.template, "{{ messages }}");
    assertEquals(body.system, "Be brief.");
    assertEquals(body.details, DETAILS);
    assertEquals(body.messages.length, 2);
    assertEquals(body.capabilities, ["completion"]);
    assertEquals(body.modified_at, "2026-01-02T03:04:05.678Z");
    assertEquals(body.tensors.length, 1);
  }
});

Deno.test("POST /api/show shows long lists only when verbose", async () => {
  const { post } = testApp();
  const brief = await (await post("/api/show", { model: "plain" })).json();
  assertEquals(brief.model_info, {
    "general.architecture": "llama",
    "general.tags": ["a", "b"],
    "tokenizer.ggml.tokens": null,
    "general.parameter_count": 1_500_000_000,
  });
  const whole = await (await post("/api/show", {
    model: "plain",
    verbose: true,
  })).json();
  assertEquals(whole.model_info["tokenizer.ggml.tokens"].length, 6);
});

Deno.test("POST /api/show takes a system prompt to show instead", async () => {
  const { post } = testApp();
  const response = await post("/api/show", { model: "plain", system: "Hm." });
  const body = await response.json();
  assertEquals(body.system, "Hm.");
  assertStringIncludes(body.modelfile, "SYSTEM Hm.");
});

Deno.test("POST /api/show takes options to show in its Modelfile", async () => {
  const { post } = testApp();
  const options = { temperature: 1, top_k: 9 };
  const body = await (await post("/api/show", { model: "tuned", options }))
    .json();
  assertStringIncludes(body.modelfile, "PARAMETER temperature 1\n");
  assertStringIncludes(body.parameters, "temperature                    0.3");
});

Deno.test("POST /api/show tells Copilot the name it asked for", async () => {
  const { app } = testApp();
  const response = await app.request("/api/show", {
    method: "POST",
    headers: { "User-Agent": "GitHubCopilotChat/1.0" },
    body: JSON.stringify({ model: "plain" }),
  });
  const { model_info } = await response.json();
  assertEquals(model_info["general.basename"], "plain");
});

Deno.test("GET /api/ps lists models in memory", async () => {
  const { app, inference, registry } = testApp();
  const none = await app.request("/api/ps");
  assertEquals(await none.json(), { models: [] });
  inference.inMemory = [{
    model: registry.models[0]!,
    sizeBytes: 1000,
    gpuBytes: 400,
    contextLength: 4096,
    expiresAt: new Date("2026-01-02T03:09:05Z"),
    running: 1,
    waiting: 2,
  }];
  const response = await app.request("/api/ps");
  assertEquals(await response.json(), {
    models: [{
      name: "plain:latest",
      model: "plain:latest",
      size: 1000,
      digest: "ab".repeat(32),
      details: DETAILS,
      expires_at: "2026-01-02T03:09:05.000Z",
      size_vram: 400,
      context_length: 4096,
      running: 1,
      waiting: 2,
    }],
  });
});

Deno.test("POST /api/copy copies a model", async () => {
  const { post, registry } = testApp();
  const response = await post("/api/copy", {
    source: "plain",
    destination: "twin:2",
  });
  assertEquals([response.status, await response.text()], [200, ""]);
  assertEquals(registry.copies, [["plain", "twin:2"]]);
});

Deno.test("DELETE /api/delete unloads a model and removes it", async () => {
  for (const key of ["model", "name"]) {
    const { app, inference, registry } = testApp();
    const response = await app.request("/api/delete", {
      method: "DELETE",
      body: JSON.stringify({ [key]: "plain" }),
    });
    assertEquals([response.status, await response.text()], [200, ""]);
    assertEquals(registry.deletions, ["plain"]);
    assertEquals(inference.unloads, ["plain"]);
  }
});

Deno.test("DELETE /api/delete answers bad requests with Ollama's texts", async () => {
  const cases: readonly [unknown, number, string][] = [
    [undefined, 400, "missing request body"],
    [{}, 400, "model is required"],
    [{ model: "../x" }, 400, 'name "../x" is invalid'],
    [{ model: "Nobody" }, 404, "model 'Nobody' not found"],
  ];
  for (const [body, status, error] of cases) {
    const { app } = testApp();
    const response = await app.request("/api/delete", {
      method: "DELETE",
      body: body === undefined ? null : JSON.stringify(body),
    });
    assertEquals([response.status, await response.json()], [status, { error }]);
  }
});

const DIGEST = `sha256:${"0".repeat(64)}`;

Deno.test("HEAD /api/blobs/:digest tells whether a blob is there", async () => {
  const { app, store } = testApp();
  const ask = (digest: string) =>
    app.request(`/api/blobs/${digest}`, { method: "HEAD" });
  assertEquals((await ask(DIGEST)).status, 404);
  assertEquals((await ask("sha256:zz")).status, 400);
  assertEquals((await ask("..%2f..%2fetc%2fpasswd")).status, 400);
  store.blobs.set(DIGEST, "x");
  assertEquals((await ask(DIGEST)).status, 200);
});

Deno.test("POST /api/blobs/:digest stores a blob once", async () => {
  const { app, store } = testApp();
  const send = (digest: string) =>
    app.request(`/api/blobs/${digest}`, { method: "POST", body: "hello" });
  assertEquals((await send(DIGEST)).status, 201);
  assertEquals(store.blobs.get(DIGEST), "hello");
  assertEquals((await send(DIGEST)).status, 200);
  const bad = await send("sha256:0");
  assertEquals(await bad.json(), { error: "invalid digest format" });
});
