import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Ollama } from "ollama";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const SHORT = { num_predict: 12, temperature: 0, seed: 1 };

Deno.test({
  name: "the ollama package for JavaScript works unchanged",
  ignore: gguf === undefined || embeddingGguf === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async (t) => {
    await using server = await startServer();
    const client = new Ollama({ host: server.baseUrl });

    await t.step("create from a model", async () => {
      // The package has no words for files; a GGUF comes by HTTP.
      await createModel(server.baseUrl, "a", gguf ?? "");
      await createModel(server.baseUrl, "e", embeddingGguf ?? "");
      const statuses: string[] = [];
      const lines = await client.create({
        model: "b",
        from: "a",
        system: "You are terse.",
        parameters: { temperature: 0.5 },
        stream: true,
      });
      for await (const line of lines) {
        statuses.push(line.status);
      }
      assertEquals(statuses.at(-1), "success");
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
      assert(whole.response && whole.eval_count > 0);
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
