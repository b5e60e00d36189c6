import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { createModel, usage } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const HELLO = [{ role: "user" as const, content: "Say hello." }];
const SHORT = { model: "a", max_tokens: 12, temperature: 0, seed: 1 };

Deno.test({
  name: "the openai package for JavaScript works unchanged",
  ignore: gguf === undefined || embeddingGguf === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async (t) => {
    await using server = await startServer();
    const url = server.baseUrl;
    await createModel(url, "a", gguf ?? "");
    await createModel(url, "e", embeddingGguf ?? "");
    const client = new OpenAI({
      baseURL: `${url}/v1`,
      apiKey: "any",
      maxRetries: 0,
    });
    let used = 0;

    await t.step("chat, whole and streamed, with equal usage", async () => {
      const whole = await client.chat.completions.create({
        messages: HELLO,
        ...SHORT,
      });
      const stream = await client.chat.completions.create({
        messages: HELLO,
        stream: true,
        stream_options: { include_usage: true },
        ...SHORT,
      });
      let text = "";
      let streamed: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        streamed = chunk.usage ?? streamed;
      }
      assertEquals(text, whole.choices[0]?.message.content);
      assertEquals(streamed?.total_tokens, whole.usage?.total_tokens);
      used += 2 * (whole.usage?.total_tokens ?? 0);
    });

    await t.step("responses, whole, streamed and parsed", async () => {
      const asked = { model: "a", max_output_tokens: 12, temperature: 0 };
      const whole = await client.responses.create({
        ...asked,
        input: "Say hello.",
      });
      assertEquals(whole.status, "incomplete");
      const stream = client.responses.stream({ ...asked, input: "Say hello." });
      let text = "";
      stream.on("response.output_text.delta", ({ delta }) => text += delta);
      const final = await stream.finalResponse();
      assertEquals([text, final.output_text], [
        whole.output_text,
        whole.output_text,
      ]);
      const next = await client.responses.create({
        ...asked,
        input: "Once more.",
        previous_response_id: final.id,
      });
      const Person = z.object({ name: z.string(), age: z.number().int() });
      const parsed = await client.responses.parse({
        ...asked,
        max_output_tokens: 200,
        input: "Invent a person.",
        text: { format: zodTextFormat(Person, "person") },
      });
      assert(Person.safeParse(parsed.output_parsed).success);
      for (const { usage } of [whole, final, next, parsed]) {
        used += usage?.total_tokens ?? 0;
      }
    });

    await t.step("embeddings and models", async () => {
      const { data } = await client.embeddings.create({
        model: "e",
        input: ["A cat.", "A dog."],
      });
      assertEquals(data.length, 2);
      assert(Math.abs(Math.hypot(...data[0]?.embedding ?? []) - 1) < 1e-5);
      const ids = [];
      for await (const model of client.models.list()) {
        ids.push(model.id);
      }
      assertEquals(ids.sort(), ["a:latest", "e:latest"]);
    });

    await t.step("a client that leaves stops the work", async () => {
      const stream = await client.chat.completions.create({
        ...SHORT,
        messages: HELLO,
        stream: true,
        max_tokens: 2000,
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "many",
            schema: {
              type: "array",
              items: { type: "integer" },
              minItems: 1000,
            },
          },
        },
      });
      for await (const _chunk of stream) {
        break;
      }
      let cancelled;
      for (let i = 0; i < 100 && !cancelled?.requests; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const report = await usage(url, "?details=true");
        cancelled = report.usage.find(({ model }) => model === "a")?.cancelled;
      }
      assertEquals(cancelled?.requests, 1);
      assert((cancelled?.completion_tokens ?? 0) < 200);
    });

    await t.step("errors have their classes", async () => {
      await assertRejects(
        () => client.chat.completions.create({ ...SHORT, messages: [] }),
        OpenAI.BadRequestError,
        "must have a message at least",
      );
      await assertRejects(
        () =>
          client.chat.completions.create({
            ...SHORT,
            model: "none",
            messages: HELLO,
          }),
        OpenAI.NotFoundError,
        "model 'none' not found",
      );
    });

    await t.step("the ledger has what the answers told", async () => {
      const { usage: rows } = await usage(url, "?details=true");
      const row = rows.find(({ model }) => model === "a");
      assertEquals(
        (row?.completed?.prompt_tokens ?? 0) +
          (row?.completed?.completion_tokens ?? 0),
        used,
      );
    });
  },
});
