import { assertEquals } from "@std/assert";
import { post, upload } from "../testing/api.ts";
import { findPython } from "../testing/python.ts";
import { startServer } from "../testing/server.ts";
import { tinyBertGguf, tinyRerankerGguf } from "../testing/tiny_bert.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const python = await findPython(["schemathesis==4.32.5"]);

/** `examples,coverage,fuzzing,stateful` takes minutes, for 15 000 requests. */
const PHASES = Deno.env.get("TALLY_TEST_PHASES") ?? "examples,fuzzing";

/** Where nothing listens: the registry cannot be reached. */
const NOWHERE = "http://127.0.0.1:9";

/** Shows everything a conversation may have, so that the model can do it. */
const TEMPLATE = `{{ if .Suffix }}{{ .Prompt }}|{{ .Suffix }}|{{ else }}\
{{ range .Messages }}[{{ .Role }}] {{ .Content }}{{ .Thinking }}\
{{ range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", \
"arguments": {{ .Function.Arguments }}}</tool_call>{{ end }}
{{ end }}{{ if .Tools }}Tools: {{ .Tools }}{{ end }}[assistant]{{ end }}`;

async function create(baseUrl: string, body: object): Promise<void> {
  const response = await post(`${baseUrl}/api/create`, {
    ...body,
    stream: false,
  });
  assertEquals(await response.json(), { status: "success" });
}

async function createModels(baseUrl: string): Promise<void> {
  await create(baseUrl, {
    model: "writer",
    files: { "writer.gguf": await upload(baseUrl, tinyGguf()) },
    template: TEMPLATE,
    parameters: { num_predict: 8 },
  });
  await create(baseUrl, {
    model: "embedder",
    files: { "embedder.gguf": await upload(baseUrl, tinyBertGguf()) },
  });
  await create(baseUrl, {
    model: "ranker",
    files: { "ranker.gguf": await upload(baseUrl, tinyRerankerGguf()) },
  });
}

/** Runs schemathesis with every check; its report when it found something. */
async function runSchemathesis(
  baseUrl: string,
  ...args: string[]
): Promise<string | undefined> {
  const folder = new URL(".", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(
    (python ?? "").replace(/python$/, "st"),
    {
      args: [
        `--config-file=${folder}schemathesis.toml`,
        "run",
        `${baseUrl}/openapi.json`,
        "--checks=all",
        "--no-color",
        ...args,
      ],
      env: {
        HYPOTHESIS_STORAGE_DIRECTORY: ".cache/hypothesis",
        PYTHONPATH: folder,
        PYTHONDONTWRITEBYTECODE: "1",
        SCHEMATHESIS_HOOKS: "schemathesis_hooks",
      },
    },
  ).output();
  return success ? undefined : new TextDecoder().decode(stdout);
}

Deno.test({
  name: "schemathesis finds every answer to be as the document says",
  ignore: python === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer({
      env: { HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE },
    });
    await createModels(server.baseUrl);
    const report = await runSchemathesis(
      server.baseUrl,
      `--phases=${PHASES}`,
      "--max-examples=10",
    );
    assertEquals(report, undefined, report);
  },
});
