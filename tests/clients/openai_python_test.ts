import { assertEquals } from "@std/assert";
import { createModel, post } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { findPython, runPython } from "../testing/python.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");
const python = gguf === undefined
  ? undefined
  : await findPython(["openai==3.54.0"]);

/** What makes a model one that takes tools. */
const TOOL_TEMPLATE =
  '{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}{{ range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}</tool_call>{{ end }}<|im_end|>\n{{ end }}{{ if .Tools }}Tools: {{ .Tools }}{{ end }}<|im_start|>assistant\n';

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
    const made = await post(`${baseUrl}/api/create`, {
      model: "m-tools",
      from: "m",
      template: TOOL_TEMPLATE,
    });
    await made.text();
    const script = new URL("openai_client.py", import.meta.url).pathname;
    const { passed, success, errors } = await runPython(
      python ?? "",
      script,
      [baseUrl, "m", "e"],
    );
    assertEquals(success, true, errors);
    assertEquals(passed.length, 10);
  },
});
