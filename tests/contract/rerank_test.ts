import { assert, assertEquals } from "@std/assert";
import { ServerError } from "../../src/errors.ts";
import { RERANK_ENDPOINTS } from "../../src/generation.ts";
import { testApp } from "../testing/app.ts";
import { fakeModel } from "../testing/fake_model.ts";

const body = { model: "ranker", query: "q", documents: ["a", "b", "c"] };

/** Scores of the three documents: the second is the best. */
const SCORES = [-2, 3.5, 0.25];

function ranking() {
  const all = testApp();
  all.inference.vector = (index) => [SCORES[index] ?? 0, 9];
  return all;
}

Deno.test("POST /v1/rerank and its other names answer results, the best first", async () => {
  for (const path of RERANK_ENDPOINTS.slice(1)) {
    const { post, inference } = ranking();
    const response = await post(path, { ...body, user: "ann" });
    const { id, ...answer } = await response.json();
    assert(/^rerank-[0-9a-f]{32}$/.test(id));
    assertEquals(response.headers.get("x-request-id"), id);
    assertEquals(answer, {
      object: "list",
      model: "ranker",
      results: [
        { index: 1, relevance_score: 3.5 },
        { index: 2, relevance_score: 0.25 },
        { index: 0, relevance_score: -2 },
      ],
      usage: { prompt_tokens: 4, total_tokens: 4 },
      meta: { tokens: { input_tokens: 4, output_tokens: 0 } },
    });
    const [asked] = inference.embeddings;
    assertEquals(asked?.inputs, ["a", "b", "c"]);
    assertEquals(asked?.question, { text: "q" });
    assertEquals(asked?.truncate, false);
    assertEquals(asked?.caller.endpoint, path);
    assertEquals(asked?.caller.endUser, "ann");
  }
});

Deno.test("POST /v1/rerank takes texts in objects and gives them back when asked", async () => {
  const { post, inference } = ranking();
  const documents = [{ text: "a" }, "b", { text: "c", title: "t" }];
  const response = await post("/v1/rerank", {
    ...body,
    query: { text: "q" },
    documents,
    top_n: 2,
    return_documents: true,
    truncate: true,
  });
  assertEquals((await response.json()).results, [
    { index: 1, relevance_score: 3.5, document: { text: "b" } },
    { index: 2, relevance_score: 0.25, document: { text: "c" } },
  ]);
  assertEquals(inference.embeddings[0]?.question?.text, "q");
  assertEquals(inference.embeddings[0]?.truncate, true);
});

Deno.test("POST /rerank with texts answers as text-embeddings-inference does", async () => {
  const { documents: texts, ...rest } = body;
  for (const return_text of [undefined, true]) {
    const { post } = ranking();
    const asked = { ...rest, texts, top_n: 99, return_text };
    const response = await post("/rerank", asked);
    assertEquals(
      await response.json(),
      [1, 2, 0].map((index) => ({
        index,
        score: SCORES[index] ?? NaN,
        ...(return_text ? { text: texts[index] ?? "" } : {}),
      })),
    );
  }
});

Deno.test("POST /api/rerank answers in Ollama's manner and cuts what is too long", async () => {
  const { post, inference } = ranking();
  const asked = { ...body, top_n: 1, options: { num_ctx: 64 } };
  const response = await post("/api/rerank", asked);
  const { total_duration, ...answer } = await response.json();
  assert(total_duration > 0);
  assertEquals(answer, {
    model: "ranker",
    results: [{ index: 1, document: "b", relevance_score: 3.5 }],
    load_duration: 7_000,
    prompt_eval_count: 4,
  });
  assertEquals(inference.embeddings[0]?.truncate, true);
  assertEquals(inference.embeddings[0]?.runner.contextLength, 64);
  const without = await post("/api/rerank", {
    ...asked,
    return_documents: false,
  });
  assertEquals((await without.json()).results, [
    { index: 1, relevance_score: 3.5 },
  ]);
});

Deno.test("POST /v1/rerank reads by the model's template", async () => {
  const { post, inference, registry } = ranking();
  const { metadata } = fakeModel("x");
  registry.models.push(fakeModel("templated", {
    capabilities: ["embedding", "rerank"],
    metadata: {
      ...metadata,
      values: { "tokenizer.chat_template.rerank": "{query}{document}" },
    },
  }));
  await post("/v1/rerank", { ...body, model: "templated" });
  assertEquals(inference.embeddings[0]?.question, {
    text: "q",
    template: "{query}{document}",
  });
});

const REFUSED: readonly [Record<string, unknown>, string, string][] = [
  [{ query: undefined }, "query", "Missing required parameter: 'query'."],
  [{ query: 5 }, "query", "Invalid type for 'query'"],
  [{ documents: undefined }, "documents", "Missing required"],
  [{ documents: null }, "documents", "Invalid type for 'documents'"],
  [{ documents: 123 }, "documents", "Invalid type for 'documents'"],
  [{ documents: [] }, "documents", "must have a text at least"],
  [{ documents: [1, 2] }, "documents[0]", "Invalid type for 'documents[0]'"],
  [{ top_n: 0 }, "top_n", "must be at least 1"],
  [{ top_n: 1.5 }, "top_n", "must be a whole number"],
];

Deno.test("POST of a bad body to rerank is refused in the dialect's shape", async () => {
  for (const [changes, param, text] of REFUSED) {
    const { post, inference } = ranking();
    const asked = { ...body, ...changes };
    const response = await post("/v1/rerank", asked);
    assertEquals(response.status, 400);
    const { error } = await response.json();
    assertEquals([error.type, error.param], ["invalid_request_error", param]);
    assert(error.message.includes(text), error.message);
    const bare = await post("/rerank", asked);
    assertEquals((await bare.json()).error, {
      code: 400,
      message: error.message,
      type: "invalid_request_error",
    });
    const ollama = await post("/api/rerank", asked);
    assertEquals(ollama.status, 400);
    assertEquals(await ollama.json(), { error: error.message });
    assertEquals(inference.embeddings, []);
  }
});

Deno.test("POST to rerank is refused for models that do not rank, or are not there", async () => {
  const cases: readonly [string, number, string][] = [
    ["plain", 400, '"plain" does not support reranking'],
    ["embedder", 400, '"embedder" does not support reranking'],
    ["nope", 404, "not found"],
  ];
  for (const [model, status, text] of cases) {
    for (const path of RERANK_ENDPOINTS) {
      const { post } = ranking();
      const response = await post(path, { ...body, model });
      assertEquals(response.status, status);
      const { error } = await response.json();
      assert((error.message ?? error).includes(text), `${path}: ${error}`);
    }
  }
});

Deno.test("POST to rerank tells failures with their status", async () => {
  const { post, inference } = ranking();
  inference.failure = new ServerError("queue_full", "busy", { retryAfter: 2 });
  const response = await post("/v1/rerank", body);
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("retry-after"), "2");
  assertEquals((await response.json()).error.type, "overloaded_error");
});
