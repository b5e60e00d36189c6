import { assertEquals } from "@std/assert";
import type { AnswerEvent, ToolCall } from "../../src/generation.ts";
import type { ChatPrompt } from "../../src/runtime/inference.ts";
import { testApp } from "../testing/app.ts";

const PATH = "/v1/responses";
const body = { model: "plain", input: "hi" };

/** An answer that is a call. */
function calling(call: ToolCall) {
  return async function* (): AsyncGenerator<AnswerEvent, void> {
    yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
    yield { type: "call", call };
    yield await Promise.resolve({
      type: "done" as const,
      reason: "stop" as const,
      counts: { cached: 2, computed: 9, generated: 3 },
      reasoningTokens: 0,
      timings: { promptNs: 1, decodeNs: 2 },
    });
  };
}

const tools = ["f", "g"].map((name) => ({ type: "function", name }));

Deno.test("POST /v1/responses takes every field that means something", async () => {
  const { post, inference } = testApp();
  const schema = { type: "object", properties: {} };
  const response = await post(PATH, {
    model: "tuned",
    instructions: "Be brief.",
    input: [
      { role: "developer", content: "And kind." },
      {
        type: "message",
        role: "user",
        content: [{ type: "input_text", text: "a" }, {
          type: "input_text",
          text: "b",
        }],
      },
      { type: "reasoning", id: "rs_1", summary: [], content: null },
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "Well.", annotations: [] }],
      },
      { type: "function_call", call_id: "c1", name: "f", arguments: '{"x":1}' },
      { type: "function_call", call_id: "c2", name: "g", arguments: "" },
      { type: "function_call_output", call_id: "c1", output: "42" },
      {
        type: "function_call_output",
        call_id: "c2",
        output: [{ type: "input_text", text: "43" }],
      },
    ],
    text: {
      format: { type: "json_schema", name: "n", schema, strict: true },
      verbosity: "low",
    },
    temperature: 0.5,
    top_p: null,
    truncation: "auto",
    safety_identifier: "ann",
    metadata: { team: "a" },
    store: false,
    background: false,
    stream_options: { include_obfuscation: true },
    service_tier: "auto",
    unheard_of: 1,
  });
  assertEquals(response.status, 200);
  const answer = await response.json();
  const [request] = inference.generations;
  assertEquals(request?.caller.endpoint, PATH);
  assertEquals(request?.caller.endUser, "ann");
  assertEquals(`resp_${request?.caller.id}`, answer.id);
  assertEquals(request?.sampling.temperature, 0.5);
  assertEquals(request?.sampling.topK, 5);
  assertEquals(request?.limits.truncate, true);
  assertEquals(request?.format, { type: "schema", schema });
  assertEquals((request?.prompt as ChatPrompt).messages.slice(2), [
    { role: "system", content: "Be brief.\n\nAnd kind." },
    { role: "user", content: "a\nb" },
    {
      role: "assistant",
      content: "Well.",
      toolCalls: [
        { id: "c1", name: "f", arguments: { x: 1 } },
        { id: "c2", name: "g", arguments: {} },
      ],
    },
    { role: "tool", content: "42", toolName: "f", toolCallId: "c1" },
    { role: "tool", content: "43", toolName: "g", toolCallId: "c2" },
  ]);
  assertEquals(answer.metadata, { team: "a" });
  assertEquals(answer.text.format.name, "n");
  assertEquals([answer.store, answer.top_p], [false, 1]);
});

Deno.test("POST /v1/responses leaves tools and the choice of them to the prompt", async () => {
  const { post, inference } = testApp();
  const [f, g] = tools;
  const cases: readonly [unknown, unknown, number][] = [
    [undefined, "auto", 2],
    ["none", "none", 2],
    ["required", "required", 2],
    [f, { name: "f" }, 2],
    [{ type: "allowed_tools", mode: "required", tools: [g] }, "required", 1],
  ];
  for (const [tool_choice, choice, count] of cases) {
    const asked = { ...body, model: "thinker", tools, tool_choice };
    const answer = await (await post(PATH, asked)).json();
    const prompt = inference.generations.at(-1)?.prompt as ChatPrompt;
    assertEquals(prompt.toolChoice, choice as ChatPrompt["toolChoice"]);
    assertEquals(prompt.tools?.length, count);
    assertEquals(answer.tool_choice, tool_choice ?? "auto");
    assertEquals(answer.tools[0], {
      ...f,
      description: null,
      parameters: null,
      strict: null,
    });
  }
  const { tools: given } = inference.generations[0]?.prompt as ChatPrompt;
  assertEquals(given?.[0], { type: "function", function: { name: "f" } });
});

Deno.test("POST /v1/responses takes functions in namespaces, and a web search that need not search, as Codex sends them", async () => {
  const { post, inference } = testApp();
  inference.script = calling({ id: "c1", name: "agents__f", arguments: {} });
  const asked = {
    ...body,
    model: "thinker",
    tools: [
      { type: "namespace", name: "agents", description: "", tools },
      { type: "web_search", external_web_access: false },
    ],
  };
  const { output, tools: told } = await (await post(PATH, asked)).json();
  assertEquals(told, asked.tools);
  const [call] = output;
  assertEquals([call.namespace, call.name], ["agents", "f"]);
  const prompt = () => inference.generations.at(-1)?.prompt as ChatPrompt;
  assertEquals(prompt().tools, [
    { type: "function", function: { name: "agents__f" } },
    { type: "function", function: { name: "agents__g" } },
  ]);
  await (await post(PATH, { ...asked, input: [call] })).text();
  assertEquals(prompt().messages.at(-1)?.toolCalls, [
    { id: "c1", name: "agents__f", arguments: {} },
  ]);
});

Deno.test("POST /v1/responses/input_tokens counts what a response would begin with", async () => {
  const { post, inference } = testApp();
  const response = await post(`${PATH}/input_tokens`, {
    ...body,
    instructions: "Be brief.",
  });
  assertEquals(await response.json(), {
    object: "response.input_tokens",
    input_tokens: 11,
  });
  const { messages } = inference.generations[0]?.prompt as ChatPrompt;
  assertEquals(messages.map(({ role }) => role), ["system", "user"]);
});

const REFUSED: readonly [
  Record<string, unknown>,
  number,
  string,
  string | null,
][] = [
  [{ model: undefined }, 400, "Missing required parameter: 'model'.", "model"],
  [{ model: "gone" }, 404, "model 'gone' not found", null],
  [{ model: "embedder" }, 400, '"embedder" does not support chat', null],
  [{ input: undefined }, 400, "'input' must have an item at least.", "input"],
  [{ input: [] }, 400, "'input' must have an item at least.", "input"],
  [
    { input: [{ type: "computer_call" }] },
    400,
    `Invalid type for 'input[0].type': expected (("message" | null | undefined) | "reasoning" | "function_call" | "function_call_output" | "item_reference"), got "computer_call".`,
    "input[0].type",
  ],
  [
    { input: [{ role: "user", content: [{ type: "input_file" }] }] },
    400,
    `Invalid type for 'input[0].content[0].type': expected (("input_text" | "output_text") | "refusal" | "input_image"), got "input_file".`,
    "input[0].content[0].type",
  ],
  [
    { input: [{ role: "user" }] },
    400,
    "Missing required parameter: 'input[0].content'.",
    "input[0].content",
  ],
  [
    {
      input: [{
        type: "function_call",
        call_id: "c",
        name: "f",
        arguments: "{",
      }],
    },
    400,
    "invalid tool call arguments",
    "input[0].arguments",
  ],
  [
    {
      input: [{
        role: "user",
        content: [{ type: "input_image", image_url: "https://a/b.png" }],
      }],
    },
    400,
    "image URLs are not currently supported, please use base64 encoded data instead",
    "input[0].content",
  ],
  [
    { tools: [{ type: "web_search" }] },
    400,
    `Invalid value for 'tools[0]': tools of type "web_search" are not supported.`,
    "tools[0]",
  ],
  [
    { tools: [{ type: "mcp" }] },
    400,
    `Invalid type for 'tools[0].type': expected ("function" | "namespace" | "web_search"), got "mcp".`,
    "tools[0].type",
  ],
  [
    { tools: [{ type: "function", name: "f" }] },
    400,
    "registry.ollama.ai/library/plain:latest does not support tools",
    null,
  ],
  [
    { background: true },
    400,
    "Invalid value for 'background': background responses are not supported; use stream.",
    "background",
  ],
  [
    { conversation: "conv_1" },
    400,
    "Invalid value for 'conversation': conversations are not supported; use previous_response_id.",
    "conversation",
  ],
  [
    { max_tokens: 5 },
    400,
    "Invalid value for 'max_tokens': this route takes 'max_output_tokens'.",
    "max_tokens",
  ],
];

for (const [fields, status, message, param] of REFUSED) {
  Deno.test(`POST /v1/responses refuses ${JSON.stringify(fields)}`, async () => {
    const { post, inference } = testApp();
    for (const path of [PATH, `${PATH}/input_tokens`]) {
      const response = await post(path, { ...body, ...fields });
      const { error } = await response.json();
      assertEquals([response.status, error.message, error.param], [
        status,
        message,
        param,
      ]);
    }
    assertEquals(inference.generations.length, 0);
  });
}
