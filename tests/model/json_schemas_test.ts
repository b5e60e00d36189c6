import { assertEquals } from "@std/assert";
import { createModel, post } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { faultFinder, type Schema, SCHEMAS } from "../testing/schemas.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");

/** More than any answer needs: one that is cut is a fault. */
const MOST_TOKENS = 200;

async function answerTo(url: string, schema: Schema, seed: number) {
  const [example] = schema.examples ?? [];
  const response = await post(`${url}/api/generate`, {
    model: "m",
    prompt: example === undefined
      ? "Answer in JSON."
      : `Repeat this JSON: ${JSON.stringify(example)}`,
    format: schema,
    stream: false,
    options: {
      seed,
      temperature: example === undefined ? 1 : 0,
      num_predict: MOST_TOKENS,
      // Several threads wait long for each other on a busy machine.
      num_thread: 1,
    },
  });
  return await response.json();
}

async function faultWith(
  url: string,
  schema: Schema,
  seed: number,
): Promise<string | undefined> {
  const { done_reason, response, error } = await answerTo(url, schema, seed);
  const fault = done_reason === "stop"
    ? faultFinder(schema)(response)
    : error ?? `the answer ends by "${done_reason}"`;
  return fault && `${JSON.stringify(schema)}: ${response}: ${fault}`;
}

Deno.test({
  name: "a model answers a hundred schemas, and every answer is valid",
  ignore: gguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assertEquals(SCHEMAS.length, 100);
    await using server = await startServer({
      env: { OLLAMA_NUM_PARALLEL: "8", OLLAMA_CONTEXT_LENGTH: "512" },
    });
    const url = server.baseUrl;
    await createModel(url, "m", gguf ?? "");
    const faults = await Promise.all(
      SCHEMAS.map((schema, seed) => faultWith(url, schema, seed)),
    );
    assertEquals(faults.filter((fault) => fault !== undefined), []);
  },
});
