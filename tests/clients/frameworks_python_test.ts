import { assertEquals } from "@std/assert";
import { createModel } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { findPython, runPython } from "../testing/python.ts";
import { startServer } from "../testing/server.ts";
import { serveToolCalls, TOOL_MODEL } from "../testing/tool_server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const FRAMEWORKS = [
  {
    name: "langchain-ollama",
    packages: ["langchain-ollama==1.1.0"],
    script: "langchain_client.py",
    checks: 7,
  },
  {
    name: "llama-index-llms-ollama",
    packages: [
      "llama-index-llms-ollama==0.11.0",
      "llama-index-embeddings-ollama==0.10.0",
    ],
    script: "llama_index_client.py",
    checks: 6,
  },
];

for (const { name, packages, script, checks } of FRAMEWORKS) {
  const python = gguf === undefined ? undefined : await findPython(packages);
  Deno.test({
    name: `${name} works unchanged`,
    ignore: python === undefined || embeddingGguf === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using server = await startServer();
      await using tools = serveToolCalls();
      await createModel(server.baseUrl, "m", gguf ?? "");
      await createModel(server.baseUrl, "e", embeddingGguf ?? "");
      const { passed, success, errors } = await runPython(
        python ?? "",
        new URL(script, import.meta.url).pathname,
        [server.baseUrl, "m", "e", tools.baseUrl, TOOL_MODEL],
      );
      assertEquals(success, true, errors);
      assertEquals(passed.length, checks);
    },
  });
}
