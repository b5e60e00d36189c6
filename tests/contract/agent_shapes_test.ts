/**
 * What agents send besides the plain cases: nothing of it is an error of ours.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { ChatPrompt } from "../../src/runtime/inference.ts";
import { testApp } from "../testing/app.ts";

const USER = { role: "user", content: "go" };
const model = "thinker";

/** References, alternatives, nulls and schemas that are just true. */
const DEEP = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: {
    path: { type: ["string", "null"] },
    mode: { enum: ["fast", null] },
    node: { $ref: "#/$defs/node" },
    limit: { anyOf: [{ type: "integer" }, { type: "null" }] },
    rest: true,
    map: { type: "object", additionalProperties: { type: "string" } },
  },
  $defs: {
    node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } },
  },
  additionalProperties: false,
  required: ["path"],
};

const NAMES = ["mcp__my-server__do.it", "write-file"];

function openAiCall(id: string, given: unknown = '{"path":"a"}') {
  return {
    id,
    index: 0,
    type: "function",
    function: { name: "write-file", arguments: given },
  };
}

function openAiResult(id: string, content: unknown) {
  return { role: "tool", tool_call_id: id, content };
}

const OPENAI: readonly (readonly [what: string, fields: unknown])[] = [
  ["parallel results out of order", {
    messages: [
      USER,
      {
        role: "assistant",
        content: null,
        refusal: null,
        annotations: [],
        audio: null,
        tool_calls: [openAiCall("1"), openAiCall("2")],
      },
      openAiResult("2", [{ type: "text", text: "b" }]),
      openAiResult("1", "a"),
    ],
  }],
  ["calls without content, results without text", {
    messages: [
      USER,
      { role: "assistant", tool_calls: [openAiCall("1", "")] },
      openAiResult("1", null),
      {
        role: "assistant",
        content: [],
        tool_calls: [openAiCall("2", { path: "a" })],
      },
      openAiResult("2", []),
    ],
  }],
  ["no calls at all", {
    messages: [
      USER,
      { role: "assistant", content: "", tool_calls: null },
      USER,
    ],
  }],
  ["nothing but nulls", {
    messages: [USER],
    tool_choice: null,
    parallel_tool_calls: null,
    stop: null,
    n: null,
    response_format: null,
    stream_options: null,
  }],
  ...["none", "auto", "required", {
    type: "function",
    function: { name: "write-file" },
  }].map((tool_choice) =>
    [`tool_choice ${JSON.stringify(tool_choice)}`, {
      messages: [USER],
      tool_choice,
    }] as const
  ),
];

for (const [what, fields] of OPENAI) {
  Deno.test(`POST /v1/chat/completions takes ${what}`, async () => {
    const { post } = testApp();
    const response = await post("/v1/chat/completions", {
      model,
      tools: NAMES.map((name) => ({
        type: "function",
        function: { name, parameters: DEEP, strict: true },
      })),
      ...fields as object,
    });
    assertEquals(response.status, 200, await response.text());
  });
}

const use = (id: string) => ({
  type: "tool_use",
  id,
  name: "write-file",
  input: { path: "a" },
  cache_control: null,
});
const result = (id: string, more: object = {}) => ({
  type: "tool_result",
  tool_use_id: id,
  ...more,
});
const cached = { cache_control: { type: "ephemeral", ttl: "1h" } };

const ANTHROPIC: readonly (readonly [what: string, fields: unknown])[] = [
  ["parallel results out of order, with text after them", {
    messages: [
      USER,
      { role: "assistant", content: [use("1"), use("2")] },
      {
        role: "user",
        content: [
          result("2", { content: "b" }),
          result("1", { content: [{ type: "text", text: "a", ...cached }] }),
          { type: "text", text: "go on", ...cached },
        ],
      },
    ],
  }],
  ["results without content", {
    messages: [
      USER,
      { role: "assistant", content: [use("1"), use("2")] },
      {
        role: "user",
        content: [result("1"), result("2", { content: [], is_error: true })],
      },
    ],
  }],
  ["answers without content", {
    messages: [
      USER,
      { role: "assistant", content: [] },
      USER,
      {
        role: "assistant",
        content: [{ type: "text", text: "", citations: null }],
      },
      USER,
    ],
  }],
  ["thinking that is redacted or empty", {
    messages: [
      USER,
      {
        role: "assistant",
        content: [
          { type: "redacted_thinking", data: "x" },
          { type: "thinking", thinking: "", signature: "" },
          use("1"),
        ],
      },
      { role: "user", content: [result("1", { content: "a" })] },
    ],
  }],
  ["what only Anthropic's own service can do", {
    messages: [USER],
    thinking: { type: "adaptive", display: "summarized" },
    context_management: { edits: [] },
    mcp_servers: [],
    container: null,
    service_tier: "auto",
    metadata: { user_id: '{"device":"a"}' },
  }],
  ...["auto", "any", "none", "tool"].map((type) =>
    [`tool_choice of type ${type}`, {
      messages: [USER],
      tool_choice: {
        type,
        ...(type === "tool" ? { name: "write-file" } : {}),
        disable_parallel_tool_use: true,
      },
    }] as const
  ),
];

for (const [what, fields] of ANTHROPIC) {
  Deno.test(`POST /v1/messages takes ${what}`, async () => {
    const { post } = testApp();
    const response = await post("/v1/messages", {
      model,
      max_tokens: 9,
      tools: NAMES.map((name) => ({
        name,
        input_schema: DEEP,
        strict: true,
        input_examples: [{ path: "a" }],
        ...cached,
      })),
      ...fields as object,
    });
    assertEquals(response.status, 200, await response.text());
  });
}

Deno.test("calls and results go round through both dialects", async () => {
  const { post, inference } = testApp();
  const turns = [
    { role: "user", content: "go" },
    {
      role: "assistant",
      content: "",
      toolCalls: ["1", "2"]
        .map((id) => ({ id, name: "write-file", arguments: { path: "a" } })),
    },
    { role: "tool", content: "b", toolName: "write-file", toolCallId: "2" },
    { role: "tool", content: "a", toolName: "write-file", toolCallId: "1" },
  ];
  const [[, openAi]] = OPENAI as [[string, object]];
  await post("/v1/chat/completions", { model, ...openAi });
  const [[, { messages }]] = ANTHROPIC as [[string, { messages: unknown[] }]];
  const body = { model, max_tokens: 9, messages };
  await post("/v1/messages", body);
  const [first, second] = inference.generations
    .map(({ prompt }) => (prompt as ChatPrompt).messages);
  assertEquals(first, turns);
  assertEquals(second, [...turns, { role: "user", content: "go on" }]);
});

Deno.test("POST /v1/chat/completions refuses pictures of tools where there is no eye", async () => {
  const { post } = testApp();
  const url = "data:image/png;base64,AAAA";
  const response = await post("/v1/chat/completions", {
    model,
    messages: [
      USER,
      { role: "assistant", tool_calls: [openAiCall("1")] },
      openAiResult("1", [{ type: "image_url", image_url: { url } }]),
    ],
  });
  assertEquals(response.status, 400);
  const { error } = await response.json();
  assertEquals(error.message.endsWith("does not support vision"), true);
});

Deno.test("a call that is wanted of no tool is refused in every dialect", async () => {
  const { post } = testApp();
  const chat = { messages: [USER], max_tokens: 9 };
  const named = { type: "function", function: { name: "f" } };
  const cases = [
    ["/v1/chat/completions", chat, ["required", named], ["auto", "none"]],
    ["/v1/responses", { input: "hi" }, ["required"], ["auto", "none"]],
    ["/v1/messages", chat, [{ type: "any" }, { type: "tool", name: "f" }], [{
      type: "auto",
    }]],
  ] as const;
  for (const [path, fields, refused, taken] of cases) {
    for (const tool_choice of refused) {
      const response = await post(path, { model, ...fields, tool_choice });
      const { error } = await response.json();
      assertEquals(response.status, 400, path);
      assertEquals(error.type, "invalid_request_error");
      assertMatch(error.message, /tool_choice.* no .?tools/);
    }
    for (const tool_choice of taken) {
      const response = await post(path, { model, ...fields, tool_choice });
      assertEquals(response.status, 200, await response.text());
    }
  }
});
