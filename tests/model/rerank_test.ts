import { assert, assertEquals } from "@std/assert";
import { post, upload, usage } from "../testing/api.ts";
import { create } from "../testing/made_model.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { tinyBertGguf, tinyRerankerGguf } from "../testing/tiny_bert.ts";

const QUERY = "cats";
const DOCUMENTS = ["a cat [SEP] a cat", "dogs", "no"];

/** Tokens of the model's marks. */
const [CLS, SEP] = [2, 3];

async function make(
  server: TestServer,
  model: string,
  gguf: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const files = { "a.gguf": await upload(server.baseUrl, gguf) };
  const lines = await create(server, { model, files });
  assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
}

function asker({ baseUrl }: TestServer) {
  return async (path: string, body: object) =>
    await (await post(`${baseUrl}${path}`, body)).json();
}

/** Scores by document from a list of results. */
function scoresOf(
  results: readonly { index: number; relevance_score: number }[],
): number[] {
  const scores: number[] = [];
  results.forEach(({ index, relevance_score }) =>
    scores[index] = relevance_score
  );
  return scores;
}

function assertClose(a: readonly number[], b: readonly number[]): void {
  assertEquals(a.length, b.length);
  a.forEach((each, index) => {
    const other = b[index] ?? NaN;
    assert(Math.abs(each - other) < 1e-4, `${a} is not ${b}`);
  });
}

Deno.test("a model that ranks scores pairs that are put together as llama-server does", async (t) => {
  await using server = await startServer();
  const ask = asker(server);
  const template = "[CLS]{query}[SEP][SEP]{document}[SEP]";
  await make(server, "r", tinyRerankerGguf());
  await make(
    server,
    "templated",
    tinyRerankerGguf({ "tokenizer.chat_template.rerank": { text: template } }),
  );
  await make(server, "e", tinyBertGguf());

  /** The model's scores of tokens as they are. */
  const scoresOfTokens = async (inputs: readonly number[][]) => {
    const { data } = await ask("/v1/embeddings", { model: "r", input: inputs });
    return data.map(({ embedding }: { embedding: number[] }) => embedding[0]);
  };
  /** Tokens of a text none of whose words is special. */
  const plain = async (content: string): Promise<number[]> =>
    (await ask("/tokenize", { model: "r", content })).tokens;
  const query = await plain(QUERY);
  // "[SEP]" in a document is a text of five letters, two of them unknown.
  const words = await Promise.all(
    ["a cat", "a cat", "dogs", "no"].map(plain),
  );

  await t.step("with the model's marks, and with a template", async () => {
    const { results, usage } = await ask("/v1/rerank", {
      model: "r",
      query: QUERY,
      documents: DOCUMENTS.slice(1),
    });
    const pairs = words.slice(2).map((each) => [CLS, ...query, SEP, ...each]);
    assertClose(scoresOf(results), await scoresOfTokens(pairs));
    assertEquals(usage.prompt_tokens, pairs.flat().length);
    assert(results[0].relevance_score > results[1].relevance_score);
    const templated = await ask("/v1/rerank", {
      model: "templated",
      query: QUERY,
      documents: DOCUMENTS.slice(1),
    });
    const filled = words.slice(2)
      .map((each) => [CLS, ...query, SEP, SEP, ...each, SEP]);
    assertClose(scoresOf(templated.results), await scoresOfTokens(filled));
  });

  await t.step("no document can forge a mark", async () => {
    const { results } = await ask("/v1/rerank", {
      model: "r",
      query: QUERY,
      documents: DOCUMENTS,
    });
    const [before = [], after = []] = words;
    const forged = [CLS, ...query, SEP, ...before, SEP, ...after];
    const [score = NaN] = await scoresOfTokens([forged]);
    assert(Math.abs((scoresOf(results)[0] ?? NaN) - score) > 1e-4);
  });

  await t.step("what is too long is refused, or cut at its end", async () => {
    const documents = ["dogs", "dogs ".repeat(200)];
    const asked = { model: "r", query: QUERY, documents };
    const refused = await ask("/v1/rerank", asked);
    assertEquals(
      refused.error.message,
      "the input length exceeds the context length",
    );
    const cut = await ask("/v1/rerank", { ...asked, truncate: true });
    assertEquals(cut.results.length, 2);
    const { results, prompt_eval_count } = await ask("/api/rerank", asked);
    assertClose(scoresOf(results), scoresOf(cut.results));
    assertEquals(prompt_eval_count, cut.usage.prompt_tokens);
    const { error } = await ask("/api/rerank", {
      ...asked,
      query: "cats ".repeat(200),
    });
    assertEquals(
      error,
      "input after truncation exceeds maximum context length",
    );
  });

  await t.step("only what ranks, and the ledger has it all", async () => {
    const asked = { model: "e", query: QUERY, documents: DOCUMENTS };
    const { error } = await ask("/api/rerank", asked);
    assert(error.includes("does not support reranking"), error);
    const show = await ask("/api/show", { model: "r" });
    assertEquals(show.capabilities, ["embedding", "rerank"]);
    const before = await usage(server.baseUrl);
    const { usage: used } = await ask("/rerank", { ...asked, model: "r" });
    const after = await usage(server.baseUrl);
    const tokens = ({ usage }: typeof after) =>
      usage.find(({ model }) => model === "r")?.prompt_tokens ?? 0;
    assertEquals(tokens(after) - tokens(before), used.prompt_tokens);
    const { check } = await (
      await fetch(`${server.baseUrl}/api/usage?check=true`)
    ).json();
    assertEquals(check.difference, 0);
  });
});
