import { assert, assertEquals } from "@std/assert";
import { ServerError } from "../../src/errors.ts";
import { testApp } from "../testing/app.ts";

Deno.test("POST /api/tokenize and /api/detokenize lead there and back", async () => {
  const { post } = testApp();
  const there =
    await (await post("/api/tokenize", { model: "plain", text: "hi" }))
      .json();
  assert(there.total_duration > 0);
  assertEquals([there.model, there.tokens], ["plain", [1, 104, 105]]);
  const back = await (await post("/api/detokenize", {
    model: "plain",
    tokens: [104, 105],
  })).json();
  assertEquals([back.model, back.text], ["plain", "hi"]);
});

Deno.test("POST /tokenize and /detokenize speak as llama-server does", async () => {
  const { post } = testApp();
  const model = "plain";
  const cases: readonly [Record<string, unknown>, unknown][] = [
    [{ content: "hi" }, [104, 105]],
    [{ content: "hi", add_special: true }, [1, 104, 105]],
    [{ content: "é", with_pieces: true }, [{ id: 233, piece: [233] }]],
    [{ content: "h", with_pieces: true }, [{ id: 104, piece: "h" }]],
  ];
  for (const [body, tokens] of cases) {
    const response = await post("/tokenize", { model, ...body });
    assertEquals(await response.json(), { tokens } as never);
  }
  const back = await post("/detokenize", { model, tokens: [104, 105] });
  assertEquals(await back.json(), { content: "hi" });
  const rendered = await post("/apply-template", {
    model,
    messages: [{ role: "user", content: "hi" }],
  });
  assertEquals(await rendered.json(), { prompt: "the rendered prompt" });
});

Deno.test("llama-server's routes mean the model that is loaded, or ask which", async () => {
  const { app, post, inference, registry } = testApp();
  const unclear = await post("/tokenize", { content: "hi" });
  assertEquals(unclear.status, 400);
  assertEquals(await unclear.json(), {
    error: {
      code: 400,
      message: "model is required",
      type: "invalid_request_error",
    },
  });
  const [model] = registry.models;
  assert(model !== undefined);
  inference.inMemory = [{
    model,
    sizeBytes: 1,
    gpuBytes: 0,
    contextLength: 128,
    expiresAt: new Date(),
    running: 1,
    waiting: 0,
  }];
  const clear = await post("/tokenize", { content: "hi" });
  assertEquals(await clear.json(), { tokens: [104, 105] });
  const props = await (await app.request("/props")).json();
  assertEquals(props.model_alias, "plain:latest");
  assertEquals(props.default_generation_settings.n_ctx, 128);
  assertEquals(props.total_slots, 4);
  const slots = await (await app.request("/slots")).json();
  assertEquals(
    slots.map((slot: { is_processing: boolean }) => slot.is_processing),
    [true, false, false, false],
  );
  const some = await app.request("/slots?fail_on_no_slot=1");
  assertEquals(some.status, 200);
  await some.body?.cancel();
  inference.inMemory = inference.inMemory.map((each) => ({
    ...each,
    running: 4,
  }));
  const none = await app.request("/slots?fail_on_no_slot=1");
  assertEquals(none.status, 503);
  await none.body?.cancel();
});

Deno.test("GET /health says that the server is there", async () => {
  const { app } = testApp();
  for (const path of ["/health", "/v1/health"]) {
    const response = await app.request(path);
    assertEquals(await response.json(), { status: "ok" });
  }
});

Deno.test("POST /v1/chat/completions/input_tokens counts a conversation", async () => {
  const { post, inference } = testApp();
  const body = { model: "plain", messages: [{ role: "user", content: "hi" }] };
  const path = "/v1/chat/completions/input_tokens";
  assertEquals(await (await post(path, body)).json(), { input_tokens: 11 });
  inference.failure = new ServerError("load_failed", "no memory");
  const failed = await post(path, body);
  assertEquals(failed.status, 500);
  assertEquals((await failed.json()).error.message, "no memory");
});

Deno.test("routes about tokens refuse what they cannot do", async () => {
  const { post } = testApp();
  const cases: readonly [string, unknown, string][] = [
    [
      "/api/tokenize",
      { model: "plain" },
      "Missing required parameter: 'text'.",
    ],
    [
      "/api/detokenize",
      { model: "plain", tokens: ["a"] },
      "Invalid type for 'tokens[0]': expected number, got \"a\".",
    ],
    [
      "/tokenize",
      { model: "plain", content: "a", parse_special: false },
      "Invalid type for 'parse_special': expected true, got false.",
    ],
  ];
  for (const [path, body, error] of cases) {
    const response = await post(path, body);
    const told = (await response.json()).error;
    assertEquals([response.status, told.message ?? told], [400, error]);
  }
});
