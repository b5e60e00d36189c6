import { assert, assertEquals } from "@std/assert";
import { post, upload } from "../testing/api.ts";
import { create } from "../testing/made_model.ts";
import { startServer } from "../testing/server.ts";
import { tinyBertGguf } from "../testing/tiny_bert.ts";

function lengthOf(vector: readonly number[]): number {
  return Math.hypot(...vector);
}

Deno.test("POST /api/embeddings leaves vectors as long as the model says they stay", async () => {
  await using server = await startServer();
  const { baseUrl } = server;
  const ask = async (model: string, path: string, body: object) => {
    const response = await post(`${baseUrl}${path}`, { model, ...body });
    return await response.json();
  };
  const bytes = {
    unit: tinyBertGguf(),
    raw: tinyBertGguf(1, { "bert.normalize_embeddings": { bool: false } }),
  };
  for (const [model, file] of Object.entries(bytes)) {
    const files = { "a.gguf": await upload(baseUrl, file) };
    const lines = await create(server, { model, files });
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
    const { embeddings } = await ask(model, "/api/embed", { input: "hello" });
    assert(Math.abs(lengthOf(embeddings[0]) - 1) < 1e-5);
    const { embedding } = await ask(model, "/api/embeddings", {
      prompt: "hello",
    });
    const length = lengthOf(embedding);
    assertEquals(Math.abs(length - 1) < 1e-5, model === "unit", `${length}`);
    embeddings[0].forEach((each: number, index: number) =>
      assert(Math.abs(each - embedding[index] / length) < 1e-5)
    );
  }
});

Deno.test("POST /api/embed says when num_ctx has no room for any input", async () => {
  await using server = await startServer();
  const files = { "a.gguf": await upload(server.baseUrl, tinyBertGguf()) };
  await create(server, { model: "m", files });
  const error = "input after truncation exceeds maximum context length";
  const rooms = [[1, 400], [2, 400], [3, 200], [8, 200], [10, 200]];
  for (const [num_ctx, status] of rooms) {
    const response = await post(`${server.baseUrl}/api/embed`, {
      model: "m",
      input: "hello hello hello hello hello hello hello hello",
      options: { num_ctx },
    });
    const body = await response.json();
    assertEquals(response.status, status, `${num_ctx} ${JSON.stringify(body)}`);
    assertEquals(body.error, status === 200 ? undefined : error);
  }
});
