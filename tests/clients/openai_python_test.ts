import { assertEquals } from "@std/assert";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { findPython, runPython } from "../testing/python.ts";
import { startServer } from "../testing/server.ts";
import { createToolModel } from "../testing/tool_model.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const python = gguf === undefined
  ? undefined
  : await findPython(["openai==3.54.0"]);

Deno.test({
  name: "the openai package for Python works unchanged",
  ignore: python === undefined || embeddingGguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer();
    const { baseUrl } = server;
    await createModel(baseUrl, "m", gguf ?? "");
    await createModel(baseUrl, "e", embeddingGguf ?? "");
    await createToolModel(baseUrl, "m-tools", "m");
    const run = async (name: string, args: string[]) => {
      const script = new URL(name, import.meta.url).pathname;
      const { passed, success, errors } = await runPython(
        python ?? "",
        script,
        [baseUrl, ...args],
      );
      assertEquals(success, true, errors);
      return passed.length;
    };
    assertEquals(await run("openai_client.py", ["m", "e"]), 10);
    assertEquals(await run("openai_responses_client.py", ["m"]), 7);
  },
});
