import { assertEquals } from "@std/assert";
import { findModel } from "../testing/models.ts";
import { findPython, runPython } from "../testing/python.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const python = gguf === undefined
  ? undefined
  : await findPython(["ollama==0.6.3"]);

Deno.test({
  name: "the ollama package for Python works unchanged",
  ignore: python === undefined || embeddingGguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer();
    const script = new URL("ollama_client.py", import.meta.url).pathname;
    const { passed, success, errors } = await runPython(
      python ?? "",
      script,
      [server.baseUrl, gguf ?? "", embeddingGguf ?? ""],
    );
    assertEquals(success, true, errors);
    assertEquals(passed.length, 9);
  },
});
