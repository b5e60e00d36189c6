import { assert, assertEquals, assertRejects } from "@std/assert";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  embedMany,
  generateText,
  type LanguageModel,
  Output,
  streamText,
  tool,
  type ToolSet,
} from "ai";
import { z } from "zod";
import { BUSY_MODEL } from "../testing/busy_server.ts";
import { serveDialects } from "../testing/dialect_servers.ts";
import { TOOL_CALL, TOOL_MODEL } from "../testing/tool_server.ts";

/** A model by each of the providers. */
const PROVIDERS: Readonly<
  Record<string, (baseUrl: string, model: string) => LanguageModel>
> = {
  openai: (baseUrl, model) =>
    createOpenAI({ baseURL: `${baseUrl}/v1`, apiKey: "any" }).chat(model),
  "openai-compatible": (baseUrl, model) =>
    createOpenAICompatible({
      name: "tally",
      baseURL: `${baseUrl}/v1`,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
  anthropic: (baseUrl, model) =>
    createAnthropic({ baseURL: `${baseUrl}/v1`, apiKey: "any" })(model),
};

const weather = tool({
  description: "Tells the weather of a city.",
  inputSchema: z.object({ city: z.string(), days: z.number() }),
});
// The package's types do not hold under exactOptionalPropertyTypes.
const TOOLS = { weather } as unknown as ToolSet;
const CAT = z.object({
  colour: z.enum(["black", "white"]),
  size: z.enum(["big", "small"]),
});

Deno.test({
  name: "the AI SDK works unchanged in OpenAI's and Anthropic's dialects",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async (t) => {
    await using servers = await serveDialects();
    const { server, tools, busy } = servers;
    for (const [name, provide] of Object.entries(PROVIDERS)) {
      const model = provide(server.baseUrl, "m");
      // Always the same words: some answers of random weights have none.
      const words = { maxOutputTokens: 12, temperature: 0 };
      const short = { model, ...words, maxRetries: 0 };

      await t.step(`${name}: text, whole and streamed`, async () => {
        const prompt = "Say hello.";
        const whole = await generateText({ ...short, prompt });
        const streamed = streamText({ ...short, prompt });
        assert((await streamed.text) !== "");
        const usage = await streamed.usage;
        assertEquals(usage.inputTokens, whole.usage.inputTokens);
        assert((usage.outputTokens ?? 0) > 0);
        const { cacheReadTokens } = usage.inputTokenDetails;
        assert((cacheReadTokens ?? 0) > 0, JSON.stringify(usage));
      });

      await t.step(`${name}: calls of tools, whole and streamed`, async () => {
        const asked = {
          model: provide(tools.baseUrl, TOOL_MODEL),
          prompt: "Weather in Paris?",
          tools: TOOLS,
          maxRetries: 0,
        };
        const answers = [
          (await generateText(asked)).toolCalls,
          await streamText(asked).toolCalls,
        ];
        for (const calls of answers) {
          assertEquals(
            calls.map(({ toolName, input }) => ({
              name: toolName,
              arguments: input as unknown,
            })),
            [TOOL_CALL],
          );
        }
      });

      await t.step(`${name}: an object of a schema`, async () => {
        const { output } = await generateText({
          // For Anthropic's dialect it may make a tool of the schema.
          model: provide(server.baseUrl, "m-tools"),
          prompt: "Invent a cat.",
          output: Output.object({ schema: CAT }),
          maxOutputTokens: 600,
          maxRetries: 0,
        });
        assertEquals(CAT.parse(output), output);
      });

      await t.step(`${name}: errors and retries`, async () => {
        const error = await assertRejects(
          () =>
            generateText({
              ...short,
              model: provide(server.baseUrl, "no"),
              prompt: "x",
            }),
          APICallError,
          "model 'no' not found",
        );
        assertEquals([error.statusCode, error.isRetryable], [404, false]);
        const asked = {
          model: provide(busy.baseUrl, BUSY_MODEL),
          maxRetries: 2,
        };
        const before = busy.asked;
        const { text } = await generateText({ ...asked, prompt: "hello" });
        assertEquals([text, busy.asked - before], ["Hello", 2]);
        const refused = busy.refused;
        await assertRejects(
          () => generateText({ ...asked, prompt: "something bad" }),
          APICallError,
          "this is bad",
        );
        assertEquals(busy.refused - refused, 1);
      });
    }

    await t.step("embeddings", async () => {
      const openai = createOpenAI({
        baseURL: `${server.baseUrl}/v1`,
        apiKey: "any",
      });
      const { embeddings, usage } = await embedMany({
        model: openai.embedding("e"),
        values: ["a cat", "a dog"],
      });
      assertEquals(embeddings.map((each) => each.length), [32, 32]);
      assert(usage.tokens > 0);
    });
  },
});
