import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  embedMany,
  generateText,
  Output,
  streamText,
  tool,
  type ToolSet,
} from "ai";
import { createOllama } from "ollama-ai-provider-v2";
import { z } from "zod";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";
import {
  serveToolCalls,
  TOOL_CALL,
  TOOL_MODEL,
} from "../testing/tool_server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");

/** The provider passes these on, and not the SDK's own settings. */
function bounded(num_predict: number) {
  const options = { num_predict, temperature: 0, seed: 1 };
  return { maxRetries: 0, providerOptions: { ollama: { options } } };
}

Deno.test({
  name: "the AI SDK's Ollama provider works unchanged",
  ignore: gguf === undefined || embeddingGguf === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async (t) => {
    await using server = await startServer();
    await createModel(server.baseUrl, "m", gguf ?? "");
    await createModel(server.baseUrl, "e", embeddingGguf ?? "");
    const ollama = createOllama({ baseURL: `${server.baseUrl}/api` });
    const model = ollama("m");

    await t.step("text, whole and streamed, with equal usage", async () => {
      const asked = { model, prompt: "Say hello.", ...bounded(12) };
      const whole = await generateText(asked);
      const streamed = streamText(asked);
      assert(whole.text !== "");
      assertEquals(await streamed.text, whole.text);
      assert((whole.usage.outputTokens ?? 0) > 0);
      const usage = await streamed.usage;
      assertEquals(usage.totalTokens, whole.usage.totalTokens);
    });

    await t.step("an object of a schema", async () => {
      const schema = z.object({
        name: z.string().max(12),
        colour: z.enum(["red", "green"]),
      });
      const { output } = await generateText({
        model,
        prompt: "Invent a cat.",
        output: Output.object({ schema }),
        ...bounded(100),
      });
      assertEquals(schema.parse(output), output);
    });

    await t.step("embeddings", async () => {
      const { embeddings } = await embedMany({
        model: ollama.embedding("e"),
        values: ["A cat.", "A dog."],
      });
      assertEquals(embeddings.map((each) => each.length), [384, 384]);
    });

    await t.step("errors", async () => {
      await assertRejects(
        () => generateText({ model: ollama("no"), prompt: "x", maxRetries: 0 }),
        Error,
      );
    });

    await t.step("calls of tools, whole and streamed", async () => {
      await using caller = serveToolCalls();
      const weather = tool({
        description: "Tells the weather of a city.",
        inputSchema: z.object({ city: z.string(), days: z.number() }),
      });
      const asked = {
        model: createOllama({ baseURL: `${caller.baseUrl}/api` })(TOOL_MODEL),
        prompt: "Weather in Paris?",
        // The package's types do not hold under exactOptionalPropertyTypes.
        tools: { weather } as unknown as ToolSet,
        maxRetries: 0,
      };
      for (
        const calls of [
          (await generateText(asked)).toolCalls,
          await streamText(asked).toolCalls,
        ]
      ) {
        assertEquals(
          calls.map(({ toolName, input }) => ({
            name: toolName,
            arguments: input as unknown,
          })),
          [TOOL_CALL],
        );
      }
    });
  },
});
