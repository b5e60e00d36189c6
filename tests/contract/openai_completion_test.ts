import { assert, assertEquals } from "@std/assert";
import { testApp } from "../testing/app.ts";

const PATH = "/v1/completions";
const body = { model: "plain", prompt: "Once" };

Deno.test("POST /v1/completions goes on with texts and tokens as they are", async () => {
  const cases: readonly [unknown, unknown[]][] = [
    ["Once", ["Once"]],
    [["a", "b"], ["a", "b"]],
    [[1, 2], [[1, 2]]],
    [[[1, 2], [3]], [[1, 2], [3]]],
  ];
  for (const [prompt, parts] of cases) {
    const { post, inference } = testApp();
    const response = await post(PATH, { ...body, prompt });
    const answer = await response.json();
    assertEquals(response.headers.get("x-request-id"), answer.id);
    assertEquals(answer.object, "text_completion");
    assertEquals(
      inference.generations.map((each) => each.prompt),
      parts.map((part) => ({ type: "raw", parts: [part] })) as never,
    );
    assertEquals(
      answer.choices,
      parts.map((_, index) => ({
        index,
        text: "Hello",
        logprobs: null,
        finish_reason: "stop",
      })),
    );
    assertEquals(answer.usage.prompt_tokens, 11 * parts.length);
    assertEquals(inference.generations[0]?.limits.maxTokens, 16);
  }
});

Deno.test("POST /v1/completions echoes, streams and counts", async () => {
  const { post } = testApp();
  const asked = {
    ...body,
    n: 2,
    echo: true,
    stream: true,
    stream_options: { include_usage: true },
  };
  const events = (await (await post(PATH, asked)).text()).trim().split("\n\n");
  assertEquals(events.at(-1), "data: [DONE]");
  const chunks = events.slice(0, -1).map((each) => JSON.parse(each.slice(6)));
  for (const index of [0, 1]) {
    const own = chunks.flatMap(({ choices }) => choices)
      .filter((each) => each.index === index);
    assertEquals(own.map(({ text }) => text).join(""), "OnceHello");
    assertEquals(own.at(-1).finish_reason, "stop");
  }
  assertEquals(chunks.at(-1).choices, []);
  assertEquals(chunks.at(-1).usage.completion_tokens, 6);
});

Deno.test("POST /v1/completions gives log probabilities as columns", async () => {
  const { post, inference } = testApp();
  inference.script = async function* () {
    yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
    const top = [{ id: 1, token: "He", bytes: [72, 101], logprob: -0.5 }];
    yield {
      type: "text",
      text: "Hello",
      logprobs: [
        { id: 1, token: "He", bytes: [72, 101], logprob: -0.5, top },
        { id: 2, token: "llo", bytes: [108, 108, 111], logprob: -1, top: [] },
      ],
    };
    yield await Promise.resolve({
      type: "done",
      reason: "length",
      counts: { cached: 0, computed: 1, generated: 2 },
      reasoningTokens: 0,
      timings: { promptNs: 1, decodeNs: 1 },
    });
  };
  const { choices } = await (await post(PATH, { ...body, logprobs: 1 })).json();
  assertEquals(choices[0].finish_reason, "length");
  assertEquals(choices[0].logprobs, {
    tokens: ["He", "llo"],
    token_logprobs: [-0.5, -1],
    top_logprobs: [{ He: -0.5 }, {}],
    text_offset: [0, 2],
  });
});

Deno.test("POST /v1/completions fills a gap with a model that can", async () => {
  const { post, inference } = testApp();
  const asked = { ...body, suffix: "end." };
  const refused = await post(PATH, asked);
  assertEquals(refused.status, 400);
  await refused.body?.cancel();
  await (await post(PATH, { ...asked, model: "filler" })).text();
  assertEquals(inference.generations[0]?.prompt, {
    type: "chat",
    messages: [{ role: "user", content: "Once" }],
    suffix: "end.",
  });
});

const REFUSED: readonly [Record<string, unknown>, string][] = [
  [{ best_of: 3 }, "'best_of' is not supported; use 'n' and choose."],
  [{ prompt: [1], echo: true }, "'echo' needs a prompt of text."],
  [
    { echo: true, logprobs: 1 },
    "'logprobs' of an echoed prompt are not supported.",
  ],
  [{ prompt: undefined }, "Missing required parameter: 'prompt'."],
];

for (const [fields, message] of REFUSED) {
  Deno.test(`POST /v1/completions refuses ${JSON.stringify(fields)}`, async () => {
    const { post } = testApp();
    const response = await post(PATH, { ...body, ...fields });
    assertEquals(response.status, 400);
    assertEquals((await response.json()).error.message, message);
  });
}

Deno.test("POST /v1/embeddings answers numbers or Base64", async () => {
  const { post, inference } = testApp();
  const asked = { model: "embedder", input: ["a", "b"] };
  const numbers = await (await post("/v1/embeddings", asked)).json();
  assertEquals(numbers.object, "list");
  assertEquals(numbers.model, "embedder");
  assertEquals(numbers.data.map((each: { index: number }) => each.index), [
    0,
    1,
  ]);
  assertEquals(numbers.data[0].embedding.length, 3);
  assertEquals(numbers.usage, { prompt_tokens: 4, total_tokens: 4 });
  const base64 = await (await post("/v1/embeddings", {
    ...asked,
    input: [1, 2],
    encoding_format: "base64",
    dimensions: 2,
  })).json();
  assertEquals(base64.data[0].embedding, "mpkZP83MTD8=");
  assertEquals(inference.embeddings[1]?.inputs, [[1, 2]]);
  assertEquals(inference.embeddings[1]?.truncate, false);
  const empty = await post("/v1/embeddings", { ...asked, input: [] });
  assertEquals(empty.status, 400);
  assertEquals(
    (await empty.json()).error.message,
    "'input' must not be empty.",
  );
});

Deno.test("GET /v1/models lists models and finds one by its name", async () => {
  const { app } = testApp();
  const list = await (await app.request("/v1/models")).json();
  assertEquals(list.object, "list");
  assert(list.data.length > 0);
  const [first] = list.data;
  assertEquals(first.object, "model");
  const same = await (await app.request(`/v1/models/${first.id}`)).json();
  assertEquals(same, first);
  const long = await app.request("/v1/models/registry.ollama.ai/library/plain");
  assertEquals([long.status, (await long.json()).object], [200, "model"]);
  for (const path of ["%ff", "%zz"]) {
    const bad = await app.request(`/v1/models/${path}`);
    assertEquals(bad.status, 400, path);
    await bad.body?.cancel();
  }
  const gone = await app.request("/v1/models/gone");
  assertEquals(gone.status, 404);
  assertEquals((await gone.json()).error, {
    message: "model 'gone' not found",
    type: "not_found_error",
    param: null,
    code: "model_not_found",
  });
});
