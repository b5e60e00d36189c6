import { assert, assertEquals } from "@std/assert";
import type { AnswerEvent } from "../../src/generation.ts";
import {
  PROMPT_TOO_LONG,
  promptTooLong,
} from "../../src/runtime/request_failure.ts";
import { testApp } from "../testing/app.ts";
import { failing } from "../testing/fake_inference.ts";

const model = "plain";

async function* likely(): AsyncGenerator<AnswerEvent, void> {
  yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
  const top = [{ id: 7, token: "a", bytes: [97], logprob: -0.5 }];
  yield {
    type: "text",
    text: "a\n",
    logprobs: [{ id: 7, token: "a", bytes: [97], logprob: -0.5, top }],
  };
  yield await Promise.resolve({
    type: "done",
    reason: "stop",
    stopString: "Q:",
    counts: { cached: 2, computed: 9, generated: 2 },
    reasoningTokens: 0,
    timings: { promptNs: 9_000_000, decodeNs: 4_000_000 },
    context: [1, 5, 7, 8],
  });
}

/** Data of the events of a stream. */
async function eventsOf(response: Response) {
  return (await response.text()).trim().split("\n\n")
    .map((event) => JSON.parse(event.slice("data: ".length)));
}

Deno.test("POST /completion answers as llama-server does", async () => {
  const { post, inference } = testApp();
  inference.script = likely;
  for (const path of ["/completion", "/completions"]) {
    const answer = await (await post(path, {
      model,
      prompt: "Hi",
      n_predict: 8,
      n_probs: 1,
      return_tokens: true,
      stop: ["Q:"],
      seed: 3,
    })).json();
    const { timings, generation_settings, ...rest } = answer;
    assertEquals(rest, {
      index: 0,
      content: "a\n",
      tokens: [7, 8],
      id_slot: -1,
      stop: true,
      model: "plain:latest",
      tokens_predicted: 2,
      tokens_evaluated: 11,
      prompt: "Hi",
      has_new_line: true,
      truncated: false,
      stop_type: "word",
      stopping_word: "Q:",
      tokens_cached: 2,
      completion_probabilities: [{
        id: 7,
        token: "a",
        bytes: [97],
        logprob: -0.5,
        top_logprobs: [{ id: 7, token: "a", bytes: [97], logprob: -0.5 }],
      }],
    });
    assertEquals(timings, {
      cache_n: 2,
      prompt_n: 9,
      prompt_ms: 9,
      prompt_per_token_ms: 1,
      prompt_per_second: 1000,
      predicted_n: 2,
      predicted_ms: 4,
      predicted_per_token_ms: 2,
      predicted_per_second: 500,
    });
    const { n_predict, seed, stop, min_p } = generation_settings;
    assertEquals([n_predict, seed, stop, min_p], [8, 3, ["Q:"], 0.05]);
  }
});

Deno.test("POST /completion streams parts, and the numbers at the end", async () => {
  const { post } = testApp();
  const body = { model, prompt: "Hi", stream: true };
  const response = await post("/completion", body);
  const events = await eventsOf(response);
  assertEquals(
    events.map(({ content, stop }) => [content, stop]),
    [["Hel", false], ["lo", false], ["", true]],
  );
  const last = events.at(-1);
  assertEquals([last.stop_type, last.timings.predicted_n], ["eos", 3]);
});

Deno.test("POST /completion takes prompts in every shape", async () => {
  const { post, inference } = testApp();
  const cases: readonly [prompt: unknown, parts: unknown[], isList: boolean][] =
    [
      ["Hi", [["Hi"]], false],
      [[1, 2], [[[1], [2]]], false],
      [[1, "Hi", 2], [[[1], "Hi", [2]]], false],
      [{ prompt_string: "Hi" }, [["Hi"]], false],
      [["a", "b"], [["a"], ["b"]], true],
      [
        ["a", [1, "b"], { prompt_string: "c" }],
        [["a"], [[1], "b"], ["c"]],
        true,
      ],
    ];
  for (const [prompt, parts, isList] of cases) {
    const before = inference.generations.length;
    const answer = await (await post("/completion", { model, prompt })).json();
    assertEquals(Array.isArray(answer), isList);
    assertEquals(
      inference.generations.slice(before).map((each) => each.prompt),
      parts.map((each) => ({ type: "raw", parts: each })) as never,
    );
  }
});

Deno.test("POST /completion chooses tokens as the request, the model or llama-server says", async () => {
  const { post, inference } = testApp();
  await post("/completion", {
    model: "tuned",
    prompt: "Hi",
    top_k: 9,
    logit_bias: [["hi", -1], [5, false]],
    json_schema: { type: "object" },
    cache_prompt: false,
  });
  const request = inference.generations.at(-1);
  assertEquals(request?.format, { type: "schema", schema: { type: "object" } });
  const { temperature, topK, topP, seed, logitBias } = request?.sampling ?? {};
  assertEquals([temperature, topK, topP, seed], [0.3, 9, 0.95, 7]);
  assertEquals(logitBias, [
    { token: 104, bias: -1 },
    { token: 105, bias: -1 },
    { token: 5, bias: -100 },
  ]);
});

Deno.test("grammars in GBNF go along, on llama-server's routes and OpenAI's", async () => {
  const { post, inference } = testApp();
  const grammar = 'root ::= "yes" | "no"';
  const messages = [{ role: "user", content: "Hi" }];
  for (
    const [path, body] of [
      ["/completion", { model, prompt: "Hi", grammar }],
      ["/v1/completions", { model, prompt: "Hi", grammar }],
      ["/v1/chat/completions", { model, messages, grammar }],
    ] as const
  ) {
    await (await post(path, body)).text();
    const { format } = inference.generations.at(-1)!;
    assertEquals(format, { type: "gbnf", grammar }, path);
    const none = await post(path, { ...body, grammar: "" });
    await none.text();
    assertEquals(inference.generations.at(-1)?.format, undefined, path);
  }
});

Deno.test("ignore_eos lets no model end an answer that has no format", async () => {
  const { post, inference } = testApp();
  const messages = [{ role: "user", content: "Hi" }];
  const ignored = async (path: string, body: object) => {
    await (await post(path, { model, ignore_eos: true, ...body })).text();
    return inference.generations.at(-1)?.sampling.ignoreEnd;
  };
  assertEquals(await ignored("/completion", { prompt: "Hi" }), true);
  assertEquals(await ignored("/v1/completions", { prompt: "Hi" }), true);
  assertEquals(await ignored("/v1/chat/completions", { messages }), true);
  const response_format = { type: "json_object" };
  const held = { messages, response_format };
  assertEquals(await ignored("/v1/chat/completions", held), undefined);
});

Deno.test("POST /completion gives the fields asked for", async () => {
  const { post } = testApp();
  const answer = await post("/completion", {
    model,
    prompt: "Hi",
    n_predict: 4,
    response_fields: ["content", "generation_settings/n_predict", "gone"],
  });
  assertEquals(await answer.json(), {
    content: "Hello",
    "generation_settings/n_predict": 4,
  });
});

for (
  const fields of [
    { grammar: 'root ::= "a"', json_schema: { type: "object" } },
    { mirostat: 2 },
    { post_sampling_probs: true },
    { prompt: { prompt_string: "Hi", multimodal_data: ["AA"] } },
    { n_probs: -1 },
  ]
) {
  Deno.test(`POST /completion refuses ${JSON.stringify(fields)}`, async () => {
    const { post } = testApp();
    const response = await post("/completion", {
      model,
      prompt: "Hi",
      ...fields,
    });
    assertEquals(response.status, 400);
    const { error } = await response.json();
    assertEquals([error.code, error.type], [400, "invalid_request_error"]);
  });
}

Deno.test("POST /infill fills a gap, with a model that can", async () => {
  const { post, inference } = testApp();
  const gap = {
    input_prefix: "int a = ",
    input_suffix: ";\n",
    prompt: "b",
    input_extra: [{ filename: "b.h", text: "int b;" }],
    n_predict: 4,
  };
  const filled = await (await post("/infill", { model: "filler", ...gap }))
    .json();
  assertEquals([filled.content, filled.stop_type], ["Hello", "eos"]);
  assertEquals(inference.generations.at(-1)?.prompt, {
    type: "chat",
    messages: [{ role: "user", content: "b.h\nint b;\nint a = b" }],
    suffix: ";\n",
  });
  for (
    const fields of [
      { model },
      { model: "filler", input_suffix: undefined },
      { model: "filler", input_extra: [{ filename: "b.h" }] },
    ]
  ) {
    const refused = await post("/infill", { ...gap, ...fields });
    assertEquals(refused.status, 400, JSON.stringify(fields));
    assertEquals((await refused.json()).error.type, "invalid_request_error");
  }
});

Deno.test("llama-server's routes without /v1 need no model where there is one", async () => {
  const { app, post, registry } = testApp();
  registry.models.splice(1);
  const chat = { messages: [{ role: "user", content: "hi" }] };
  const answer = await (await post("/chat/completions", chat)).json();
  assertEquals([answer.object, answer.model], ["chat.completion", model]);
  const count = await post("/chat/completions/input_tokens", chat);
  assertEquals(await count.json(), { input_tokens: 11 });
  const list = await (await app.request("/models")).json();
  assertEquals(list.data[0].id, "plain:latest");
  assert(list.data[0].meta.n_ctx_train > 0);
  assertEquals((await post("/v1/chat/completions", chat)).status, 400);
});

Deno.test("POST /embedding answers a vector of each text", async () => {
  const { post, inference } = testApp();
  for (const path of ["/embedding", "/embeddings"]) {
    const body = { model: "embedder", content: ["a", "b"], embd_normalize: -1 };
    const [first, second] = await (await post(path, body)).json();
    assertEquals([first.index, second.index], [0, 1]);
    assertEquals(first.embedding.length, 1);
    assertEquals(first.embedding[0].length, 3);
    assertEquals(inference.embeddings.at(-1)?.raw, true);
  }
});

Deno.test("a prompt that is too long is told in the words of each dialect", async () => {
  const { post, inference } = testApp();
  const overflow = { promptTokens: 500, contextLength: 128 };
  inference.script = failing(promptTooLong(overflow));
  const messages = [{ role: "user", content: "hi" }];
  const cases: readonly [path: string, error: unknown][] = [
    ["/v1/chat/completions", {
      message: "This model's maximum context length is 128 tokens, but the " +
        "prompt is too long: it has 500. Shorten it, or give the model a " +
        "longer context (num_ctx).",
      type: "invalid_request_error",
      param: null,
      code: "context_length_exceeded",
      n_prompt_tokens: 500,
      n_ctx: 128,
    }],
    ["/chat/completions", {
      code: 400,
      message: "request (500 tokens) exceeds the available context size (128 " +
        "tokens), try increasing it",
      type: "exceed_context_size_error",
      n_prompt_tokens: 500,
      n_ctx: 128,
    }],
    ["/v1/messages", {
      type: "invalid_request_error",
      message: "prompt is too long: 500 tokens > 128 maximum",
    }],
    ["/api/chat", PROMPT_TOO_LONG],
  ];
  for (const [path, error] of cases) {
    const body = { model, messages, max_tokens: 9, stream: false };
    const response = await post(path, body);
    assertEquals(response.status, 400);
    assertEquals((await response.json()).error, error as never);
  }
});

Deno.test("GET /props tells how tokens are chosen", async () => {
  const { app } = testApp();
  const props = await (await app.request("/props?model=tuned")).json();
  const { params } = props.default_generation_settings;
  assertEquals(
    [params.temperature, params.top_k, params.seed, params.n_predict],
    [0.3, 5, 7, -1],
  );
});
