import { assert, assertEquals } from "@std/assert";
import type { AnswerEvent } from "../../src/generation.ts";
import { ServerError } from "../../src/errors.ts";
import type { ChatPrompt } from "../../src/runtime/inference.ts";
import { testApp } from "../testing/app.ts";
import { failing } from "../testing/fake_inference.ts";

const PATH = "/v1/messages";
const body = {
  model: "plain",
  max_tokens: 50,
  messages: [{ role: "user", content: "hi" }],
};
const TOOLS = [{ name: "f", input_schema: { type: "object" } }];

const USAGE = {
  input_tokens: 9,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 2,
  output_tokens: 3,
  output_tokens_details: { thinking_tokens: 1 },
  server_tool_use: null,
};

/** What there is besides in the usage of a whole message. */
const ELSEWHERE = {
  cache_creation: {
    ephemeral_5m_input_tokens: 0,
    ephemeral_1h_input_tokens: 0,
  },
  inference_geo: null,
  service_tier: null,
  speed: null,
};

function end(fields: Record<string, unknown> = {}): AnswerEvent {
  return {
    type: "done",
    reason: "stop",
    counts: { cached: 2, computed: 9, generated: 3 },
    reasoningTokens: 0,
    timings: { promptNs: 1, decodeNs: 2 },
    ...fields,
  };
}

const STARTED: AnswerEvent = {
  type: "started",
  loadNs: 1,
  prompt: { cached: 2, computed: 9 },
};

async function* rich(): AsyncGenerator<AnswerEvent, void> {
  yield STARTED;
  yield { type: "thinking", text: "Hm" };
  yield { type: "thinking", text: "m" };
  yield { type: "text", text: "So:" };
  yield { type: "call", call: { id: "c1", name: "f", arguments: { x: 1 } } };
  yield { type: "call", call: { id: "c2", name: "g", arguments: {} } };
  yield await Promise.resolve(end());
}

/** Events, their names checked against their types. */
async function eventsOf(response: Response) {
  const blocks = (await response.text()).trim().split("\n\n");
  return blocks.map((block) => {
    const [name = "", data = ""] = block.split("\n");
    const value = JSON.parse(data.slice("data: ".length));
    assertEquals(name, `event: ${value.type}`);
    return value;
  });
}

/** Says "Hello", in two pieces, and thinks one token that nobody sees. */
async function* helloAfterThought(): AsyncGenerator<AnswerEvent, void> {
  yield STARTED;
  yield { type: "text", text: "Hel" };
  yield { type: "text", text: "lo" };
  yield await Promise.resolve(end({ reasoningTokens: 1 }));
}

Deno.test("POST /v1/messages answers whole", async () => {
  const { post, inference } = testApp();
  inference.script = helloAfterThought;
  const response = await post(PATH, body);
  const { id, ...answer } = await response.json();
  assert(/^msg_[0-9a-f]{32}$/.test(id));
  assertEquals(response.headers.get("request-id"), id);
  assertEquals(answer, {
    type: "message",
    role: "assistant",
    model: "plain",
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: { ...USAGE, ...ELSEWHERE },
  });
});

Deno.test("POST /v1/messages streams events in their order", async () => {
  const { post, inference } = testApp();
  inference.script = helloAfterThought;
  const events = await eventsOf(await post(PATH, { ...body, stream: true }));
  const [start, ...rest] = events;
  assertEquals(start.message.usage, {
    ...USAGE,
    ...ELSEWHERE,
    output_tokens: 0,
    output_tokens_details: { thinking_tokens: 0 },
  });
  assertEquals(start.message.content, []);
  assertEquals(start.message.stop_reason, null);
  const text = (text: string) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  });
  assertEquals(rest, [
    { type: "ping" },
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "text", text: "" },
    },
    text("Hel"),
    text("lo"),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: {
        stop_reason: "end_turn",
        stop_sequence: null,
        stop_details: null,
        container: null,
      },
      usage: USAGE,
    },
    { type: "message_stop" },
  ]);
});

Deno.test("POST /v1/messages gives thinking, text and calls their blocks", async () => {
  const { post, inference } = testApp();
  inference.script = rich;
  const asked = { ...body, model: "thinker", tools: TOOLS };
  const whole = await (await post(PATH, asked)).json();
  assertEquals(whole.stop_reason, "tool_use");
  assertEquals(whole.content, [
    { type: "thinking", thinking: "Hmm", signature: "" },
    { type: "text", text: "So:" },
    { type: "tool_use", id: "c1", name: "f", input: { x: 1 } },
    { type: "tool_use", id: "c2", name: "g", input: {} },
  ]);
  const events = await eventsOf(
    await post(PATH, {
      ...asked,
      stream: true,
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    }),
  );
  assertEquals(
    events.filter(({ type }) => type === "content_block_start")
      .map(({ index, content_block }) => [index, content_block.type]),
    [[0, "thinking"], [1, "text"], [2, "tool_use"]],
  );
  assertEquals(
    events.find(({ delta }) => delta?.type === "input_json_delta").delta,
    { type: "input_json_delta", partial_json: '{"x":1}' },
  );
  const signed = events.findIndex(({ delta }) =>
    delta?.type === "signature_delta"
  );
  assertEquals(events[signed + 1], { type: "content_block_stop", index: 0 });
  const starts = events.filter(({ type }) => type === "content_block_start");
  const stops = events.filter(({ type }) => type === "content_block_stop");
  assertEquals(
    stops.map(({ index }) => index),
    starts.map(({ index }) => index),
  );
});

const ENDINGS: readonly [Record<string, unknown>, string, string | null][] = [
  [{ stopString: "END" }, "stop_sequence", "END"],
  [{ stopString: "the model's own" }, "end_turn", null],
  [
    { reason: "length", counts: { cached: 0, computed: 9, generated: 50 } },
    "max_tokens",
    null,
  ],
  [{ reason: "length" }, "model_context_window_exceeded", null],
];

for (const [fields, reason, sequence] of ENDINGS) {
  Deno.test(`POST /v1/messages ends with ${reason} for ${JSON.stringify(fields)}`, async () => {
    const { post, inference } = testApp();
    inference.script = async function* () {
      yield STARTED;
      yield await Promise.resolve(end(fields));
    };
    const asked = { ...body, stop_sequences: ["END"] };
    const answer = await (await post(PATH, asked)).json();
    assertEquals([answer.stop_reason, answer.stop_sequence], [
      reason,
      sequence,
    ]);
    assertEquals(inference.generations[0]?.limits.stop, ["END"]);
  });
}

Deno.test("POST /v1/messages takes conversations with tools", async () => {
  const { post, inference } = testApp();
  const response = await post(PATH, {
    model: "thinker",
    max_tokens: 9,
    system: [{ type: "text", text: "Be" }, {
      type: "text",
      text: "kind.",
      cache_control: { type: "ephemeral" },
    }],
    messages: [
      { role: "user", content: [{ type: "text", text: "hi" }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm", signature: "x" },
          { type: "text", text: "Wait." },
          { type: "tool_use", id: "c1", name: "f", input: { x: 1 } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Go on." },
          {
            type: "tool_result",
            tool_use_id: "c1",
            is_error: true,
            content: [{ type: "text", text: "none" }],
          },
        ],
      },
    ],
    tools: [{ ...TOOLS[0], description: "does f" }],
    tool_choice: { type: "tool", name: "f" },
    thinking: { type: "enabled", budget_tokens: 1024 },
    output_config: { effort: "low" },
    temperature: 0.25,
    top_k: 3,
    metadata: { user_id: "ann" },
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const [request] = inference.generations;
  assertEquals(request?.caller.endpoint, PATH);
  assertEquals(request?.sampling.temperature, 0.25);
  assertEquals(request?.sampling.topP, 1);
  assertEquals(request?.sampling.topK, 3);
  assertEquals(request?.limits.maxTokens, 9);
  assertEquals(request?.prompt, {
    type: "chat",
    messages: [
      { role: "system", content: "Be\nkind." },
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: "Wait.",
        thinking: "Hm",
        toolCalls: [{ id: "c1", name: "f", arguments: { x: 1 } }],
      },
      {
        role: "tool",
        content: "Error: none",
        toolName: "f",
        toolCallId: "c1",
      },
      { role: "user", content: "Go on." },
    ],
    tools: [{
      type: "function",
      function: {
        name: "f",
        description: "does f",
        parameters: { type: "object" },
      },
    }],
    toolChoice: { name: "f" },
    think: "low",
    thinkingTokens: 1024,
  });
});

Deno.test("POST /v1/messages leaves out what Claude Code says to Anthropic's billing", async () => {
  const { post, inference } = testApp();
  const header = (stamp: string) =>
    `x-anthropic-billing-header: cc_version=2.1.101.e51; cc_entrypoint=cli; cch=${stamp};`;
  for (
    const system of [
      `${header("a5145")}You are an agent.`,
      [{ type: "text", text: header("b7762") }, {
        type: "text",
        text: "You are an agent.",
      }],
    ]
  ) {
    await post(PATH, { ...body, system });
    const { prompt } = inference.generations.at(-1) ?? {};
    assertEquals((prompt as ChatPrompt).messages[0], {
      role: "system",
      content: "You are an agent.",
    });
  }
});

Deno.test("POST /v1/messages thinks only when asked, and only where it can", async () => {
  const { post, inference } = testApp();
  const thinking = { type: "adaptive" };
  const cases: readonly [Record<string, unknown>, boolean | undefined][] = [
    [{ model: "thinker" }, false],
    [{ model: "thinker", thinking: { type: "disabled" } }, false],
    [{ model: "thinker", thinking }, true],
    [{ model: "plain", thinking }, undefined],
  ];
  for (const [fields, think] of cases) {
    await (await post(PATH, { ...body, ...fields })).text();
    const prompt = inference.generations.at(-1)?.prompt as ChatPrompt;
    assertEquals(prompt.think, think);
  }
});

Deno.test("POST /v1/messages/count_tokens counts without generating", async () => {
  const { post } = testApp();
  const { max_tokens: _, ...asked } = body;
  const response = await post(`${PATH}/count_tokens`, asked);
  assertEquals(await response.json(), { input_tokens: 11 });
});

const URL_IMAGE = {
  type: "image",
  source: { type: "url", url: "https://a/b" },
};
const REFUSED: readonly [Record<string, unknown>, number, string][] = [
  [
    { max_tokens: undefined },
    400,
    "max_tokens is required and must be positive",
  ],
  [{ messages: undefined }, 400, "messages is required"],
  [{ model: "gone" }, 404, "model 'gone' not found"],
  [
    { temperature: 2 },
    400,
    "Invalid value for 'temperature': must be from 0 to 1.",
  ],
  [
    { tools: [{ type: "bash_20250124", name: "bash", input_schema: {} }] },
    400,
    'Invalid type for \'tools[0].type\': expected "custom", got "bash_20250124".',
  ],
  [
    { messages: [{ role: "user", content: [URL_IMAGE] }] },
    400,
    "invalid image source type: url. Only base64 images are supported.",
  ],
];

for (const [fields, status, message] of REFUSED) {
  Deno.test(`POST /v1/messages refuses ${JSON.stringify(fields)}`, async () => {
    const { post } = testApp();
    const response = await post(PATH, { ...body, ...fields });
    const types: Record<number, string> = {
      400: "invalid_request_error",
      404: "not_found_error",
    };
    assertEquals([response.status, await response.json()], [status, {
      type: "error",
      error: { type: types[status], message },
    }]);
  });
}

Deno.test("POST /v1/messages tells of failures in a stream by an event", async () => {
  const { post, inference } = testApp();
  inference.script = failing(new ServerError("engine_died", "gone"), "He");
  const events = await eventsOf(await post(PATH, { ...body, stream: true }));
  assertEquals(events.at(-1), {
    type: "error",
    error: { type: "api_error", message: "gone" },
  });
});
