import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { Ollama } from "ollama";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const SHORT = { num_predict: 12, temperature: 0, seed: 1 };

/** Sends a file as a blob, as the package for JavaScript leaves to us. */
async function upload(baseUrl: string, path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const digest = "sha256:" + createHash("sha256").update(bytes).digest("hex");
  const response = await fetch(`${baseUrl}/api/blobs/${digest}`, {
    method: "POST",
    body: bytes,
  });
  await response.body?.cancel();
  assert([200, 201].includes(response.status));
  return digest;
}

Deno.test({
  name: "the ollama package for JavaScript works unchanged",
  ignore: gguf === undefined || embeddingGguf === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async (t) => {
    await using server = await startServer();
    const client = new Ollama({ host: server.baseUrl });

    await t.step("create from a GGUF and from a model", async () => {
      const files = { "m.gguf": await upload(server.baseUrl, gguf ?? "") };
      const statuses: string[] = [];
      const lines = await client.create({ model: "a", files, stream: true });
      for await (const line of lines) {
        statuses.push(line.status);
      }
      assertEquals(statuses.at(-1), "success");
      const made = await client.create({
        model: "b",
        from: "a",
        system: "You are terse.",
        parameters: { temperature: 0.5 },
      });
      assertEquals(made.status, "success");
      const digest = await upload(server.baseUrl, embeddingGguf ?? "");
      await client.create({ model: "e", files: { "e.gguf": digest } });
    });

    await t.step("list and show", async () => {
      const names = (await client.list()).models.map((model) => model.name);
      assertEquals(names.sort(), ["a:latest", "b:latest", "e:latest"]);
      const shown = await client.show({ model: "b" });
      assertEquals(shown.details.format, "gguf");
      assertEquals(shown.system, "You are terse.");
    });

    await t.step("generate, streamed or not", async () => {
      const asked = { model: "a", prompt: "Say hello.", options: SHORT };
      const whole = await client.generate(asked);
      assert(whole.response.length > 0 && whole.eval_count > 0);
      let text = "";
      let finals = 0;
      for await (
        const part of await client.generate({ ...asked, stream: true })
      ) {
        text += part.response;
        finals += part.done ? 1 : 0;
      }
      assertEquals([text, finals], [whole.response, 1]);
    });

    await t.step("chat, streamed or not, and abort", async () => {
      const messages = [{ role: "user", content: "Capital of France?" }];
      const asked = { model: "a", messages, options: SHORT };
      const whole = await client.chat(asked);
      let text = "";
      for await (const part of await client.chat({ ...asked, stream: true })) {
        text += part.message.content;
      }
      assertEquals(text, whole.message.content);
      const long = { ...asked, options: { num_predict: 500 } };
      const stream = await client.chat({ ...long, stream: true });
      await assertRejects(async () => {
        for await (const _part of stream) {
          stream.abort();
        }
      });
    });

    await t.step("embed", async () => {
      const answer = await client.embed({ model: "e", input: ["x", "y"] });
      assertEquals(answer.embeddings.map((each) => each.length), [384, 384]);
      const old = await client.embeddings({ model: "e", prompt: "x" });
      assertEquals(old.embedding.length, 384);
    });

    await t.step("ps", async () => {
      const { models } = await client.ps();
      assert(models.length > 0 && models.every((model) => model.size > 0));
    });

    await t.step("errors", async () => {
      const error = await assertRejects(() =>
        client.generate({ model: "nope", prompt: "x" })
      );
      assertMatch(error.message, /model 'nope' not found/);
      assertEquals((error as { status_code?: number }).status_code, 404);
    });

    await t.step("copy and delete", async () => {
      await client.copy({ source: "b", destination: "c" });
      for (const model of ["a", "b", "c", "e"]) {
        assertEquals((await client.delete({ model })).status, "success");
      }
      assertEquals((await client.list()).models, []);
    });
  },
});
