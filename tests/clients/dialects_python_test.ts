import { assertEquals } from "@std/assert";
import { BUSY_MODEL } from "../testing/busy_server.ts";
import { serveDialects } from "../testing/dialect_servers.ts";
import { findPython, runPython } from "../testing/python.ts";
import { TOOL_MODEL } from "../testing/tool_server.ts";

/** `refused`: how often what is bad for good was asked; nobody tries again. */
const CLIENTS = [
  {
    name: "litellm",
    packages: ["litellm==1.110.2", "openai==3.54.0"],
    script: "litellm_client.py",
    checks: 6,
    refused: 3,
  },
  {
    name: "langchain-openai and langchain-anthropic",
    packages: [
      "langchain-openai==1.7.4",
      "langchain-anthropic==1.7.10",
      "openai==3.54.0",
    ],
    script: "langchain_dialects_client.py",
    checks: 6,
    refused: 2,
  },
  {
    name: "instructor",
    packages: ["instructor==1.17.0", "anthropic==2.13.0"],
    // It wants an older openai.
    folder: ".cache/python-instructor",
    script: "instructor_client.py",
    checks: 3,
    refused: 0,
  },
];

for (const { name, packages, folder, script, checks, refused } of CLIENTS) {
  const python = await findPython(packages, folder);
  Deno.test({
    name: `${name} works unchanged in OpenAI's and Anthropic's dialects`,
    ignore: python === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using servers = await serveDialects();
      const { server, tools, busy } = servers;
      const { passed, success, errors } = await runPython(
        python ?? "",
        new URL(script, import.meta.url).pathname,
        [
          server.baseUrl,
          "m",
          "e",
          tools.baseUrl,
          TOOL_MODEL,
          busy.baseUrl,
          BUSY_MODEL,
          "r",
        ],
      );
      assertEquals(success, true, errors);
      assertEquals(passed.length, checks);
      assertEquals(busy.refused, refused);
    },
  });
}
