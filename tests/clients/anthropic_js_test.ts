import Anthropic from "@anthropic-ai/sdk";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createModel, usage } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");

Deno.test({
  name: "the anthropic package for JavaScript works unchanged",
  ignore: gguf === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    await using server = await startServer();
    const baseURL = server.baseUrl;
    await createModel(baseURL, "a", gguf ?? "");
    const client = new Anthropic({ baseURL, apiKey: "any", maxRetries: 0 });
    const asked = {
      model: "a",
      max_tokens: 12,
      messages: [{ role: "user" as const, content: "Say hello." }],
    };
    const whole = await client.messages.create(asked);
    const [block] = whole.content;
    assert(block?.type === "text" && block.text !== "");
    const stream = client.messages.stream(asked);
    let text = "";
    stream.on("text", (delta) => {
      text += delta;
    });
    const final = await stream.finalMessage();
    assertEquals(
      final.content[0]?.type === "text" && final.content[0].text,
      text,
    );
    await assertRejects(
      () => client.messages.create({ ...asked, model: "none" }),
      Anthropic.NotFoundError,
      "model 'none' not found",
    );
    const prompts = [whole, final].map(({ usage }) =>
      usage.input_tokens + (usage.cache_read_input_tokens ?? 0)
    );
    const { input_tokens } = await client.messages.countTokens({
      model: "a",
      messages: asked.messages,
    });
    assertEquals(prompts, [input_tokens, input_tokens]);
    const row = (await usage(baseURL)).usage[0];
    assertEquals(row?.prompt_tokens, 2 * input_tokens);
    assertEquals(
      row?.completion_tokens,
      whole.usage.output_tokens + final.usage.output_tokens,
    );
  },
});
