import { assert, assertEquals } from "@std/assert";
import type { AnswerEvent } from "../../src/generation.ts";
import { ServerError } from "../../src/errors.ts";
import type { ChatPrompt } from "../../src/runtime/inference.ts";
import { testApp } from "../testing/app.ts";
import { failing } from "../testing/fake_inference.ts";

const PATH = "/v1/chat/completions";
const body = { model: "plain", messages: [{ role: "user", content: "hi" }] };

const USAGE = {
  prompt_tokens: 11,
  completion_tokens: 3,
  total_tokens: 14,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

async function eventsOf(response: Response) {
  const lines = (await response.text()).split("\n\n").filter((each) => each);
  assertEquals(lines.at(-1), "data: [DONE]");
  return lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)));
}

/** Thinks, calls two tools, and ends. */
async function* rich(): AsyncGenerator<AnswerEvent, void> {
  yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
  yield { type: "thinking", text: "Hm" };
  yield {
    type: "call",
    call: { id: "call_1", name: "f", arguments: { x: 1 } },
  };
  yield { type: "call", call: { id: "call_2", name: "g", arguments: {} } };
  yield await Promise.resolve({
    type: "done" as const,
    reason: "stop" as const,
    counts: { cached: 2, computed: 9, generated: 3 },
    reasoningTokens: 1,
    timings: { promptNs: 1, decodeNs: 2 },
  });
}

Deno.test("POST /v1/chat/completions answers whole", async () => {
  const { post } = testApp();
  const response = await post(PATH, body);
  assertEquals(response.status, 200);
  const { id, created, timings, ...answer } = await response.json();
  assertEquals([timings.cache_n, timings.prompt_n, timings.predicted_n], [
    2,
    9,
    3,
  ]);
  assert(/^chatcmpl-[0-9a-f]{32}$/.test(id));
  assertEquals(response.headers.get("x-request-id"), id);
  assert(Math.abs(created - Date.now() / 1000) < 5);
  assertEquals(answer, {
    model: "plain",
    object: "chat.completion",
    system_fingerprint: "fp_tally",
    choices: [{
      index: 0,
      message: { role: "assistant", content: "Hello", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: USAGE,
  });
});

Deno.test("POST /v1/chat/completions streams, with usage when asked", async () => {
  const { post } = testApp();
  const asked = {
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  };
  const response = await post(PATH, asked);
  assertEquals(
    response.headers.get("content-type"),
    "text/event-stream; charset=utf-8",
  );
  const events = await eventsOf(response);
  assertEquals(events.map(({ choices: [choice] }) => choice?.delta), [
    { role: "assistant", content: "", refusal: null },
    { content: "Hel" },
    { content: "lo" },
    {},
    undefined,
  ]);
  assertEquals(
    events.map(({ choices: [choice] }) => choice?.finish_reason),
    [null, null, null, "stop", undefined],
  );
  assertEquals(events.map(({ usage }) => usage), [
    null,
    null,
    null,
    null,
    USAGE,
  ]);
  assertEquals(new Set(events.map(({ id }) => id)).size, 1);
  const plain = await eventsOf(await post(PATH, { ...body, stream: true }));
  assertEquals(plain.length, 4);
  assert(!("usage" in plain[0]));
});

Deno.test("POST /v1/chat/completions gives thinking and calls", async () => {
  const { post, inference } = testApp();
  inference.script = rich;
  const tools = [{ type: "function", function: { name: "f" } }];
  const asked = { ...body, model: "thinker", tools };
  const { choices, usage } = await (await post(PATH, asked)).json();
  assertEquals(choices[0].finish_reason, "tool_calls");
  assertEquals(choices[0].message, {
    role: "assistant",
    content: null,
    refusal: null,
    reasoning: "Hm",
    reasoning_content: "Hm",
    tool_calls: [
      {
        id: "call_1",
        type: "function",
        function: { name: "f", arguments: '{"x":1}' },
      },
      {
        id: "call_2",
        type: "function",
        function: { name: "g", arguments: "{}" },
      },
    ],
  });
  assertEquals(usage.completion_tokens_details.reasoning_tokens, 1);

  const events = await eventsOf(
    await post(PATH, { ...asked, stream: true, parallel_tool_calls: false }),
  );
  assertEquals(
    events.flatMap(({ choices: [choice] }) => choice.delta.tool_calls ?? []),
    [{
      index: 0,
      id: "call_1",
      type: "function",
      function: { name: "f", arguments: '{"x":1}' },
    }],
  );
  assertEquals(events.at(-1).choices[0].finish_reason, "tool_calls");
});

Deno.test("POST /v1/chat/completions gives n choices and sums their usage", async () => {
  const { post, inference } = testApp();
  const asked = { ...body, n: 3, seed: 5 };
  const { choices, usage } = await (await post(PATH, asked)).json();
  assertEquals(choices.map((each: { index: number }) => each.index), [0, 1, 2]);
  assertEquals(usage.total_tokens, 3 * USAGE.total_tokens);
  assertEquals(
    inference.generations.map(({ sampling }) => sampling.seed),
    [5, 6, 7],
  );
  const events = await eventsOf(await post(PATH, { ...asked, stream: true }));
  for (const index of [0, 1, 2]) {
    const text = events.flatMap(({ choices }) => choices)
      .filter((each) => each.index === index)
      .map(({ delta }) => delta.content ?? "").join("");
    assertEquals(text, "Hello");
  }
});

Deno.test("POST /v1/chat/completions takes every field that means something", async () => {
  const { post, inference } = testApp();
  const response = await post(PATH, {
    model: "tuned",
    messages: [
      {
        role: "developer",
        content: [{ type: "text", text: "Be" }, {
          type: "text",
          text: "kind.",
        }],
      },
      { role: "user", content: "hi", name: "ann" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{
          id: "c1",
          type: "function",
          function: { name: "f", arguments: '{"x":1}' },
        }],
      },
      { role: "tool", tool_call_id: "c1", content: "42" },
    ],
    temperature: 0.5,
    top_p: null,
    top_k: 7,
    stop: "END",
    max_tokens: 5,
    max_completion_tokens: 9,
    logit_bias: { "15": -100 },
    logprobs: true,
    top_logprobs: 2,
    response_format: { type: "json_object" },
    user: "ann",
    metadata: { team: "a" },
    unheard_of: 1,
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const [request] = inference.generations;
  assertEquals(request?.caller.endpoint, PATH);
  assertEquals(request?.sampling.temperature, 0.5);
  assertEquals(request?.sampling.topP, 1);
  assertEquals(request?.sampling.topK, 7);
  assertEquals(request?.sampling.seed, 7);
  assertEquals(request?.sampling.logitBias, [{ token: 15, bias: -100 }]);
  assertEquals(request?.limits.maxTokens, 9);
  assertEquals(request?.limits.stop, ["END"]);
  assertEquals(request?.format, { type: "json" });
  assertEquals(request?.logprobs, 2);
  assertEquals((request?.prompt as ChatPrompt).messages.slice(2), [
    { role: "system", content: "Be\nkind." },
    { role: "user", content: "hi" },
    {
      role: "assistant",
      content: "",
      toolCalls: [{ id: "c1", name: "f", arguments: { x: 1 } }],
    },
    { role: "tool", content: "42", toolName: "f", toolCallId: "c1" },
  ]);
});

Deno.test("POST /v1/chat/completions leaves tool choice and thinking to the prompt", async () => {
  const { post, inference } = testApp();
  const tools = ["f", "g"].map((name) => ({
    type: "function",
    function: { name },
  }));
  const [f, g] = tools;
  const cases: readonly [unknown, unknown, number][] = [
    [undefined, "auto", 2],
    ["none", "none", 2],
    ["required", "required", 2],
    [f, { name: "f" }, 2],
    [
      {
        type: "allowed_tools",
        allowed_tools: { mode: "required", tools: [g] },
      },
      "required",
      1,
    ],
  ];
  for (const [tool_choice, choice, count] of cases) {
    const asked = { ...body, model: "thinker", tools, tool_choice };
    await (await post(PATH, { ...asked, reasoning_effort: "minimal" })).text();
    const prompt = inference.generations.at(-1)?.prompt as ChatPrompt;
    assertEquals(prompt.toolChoice, choice as ChatPrompt["toolChoice"]);
    assertEquals(prompt.tools?.length, count);
    assertEquals(prompt.think, "low");
  }
  await (await post(PATH, { ...body, reasoning_effort: "high" })).text();
  const prompt = inference.generations.at(-1)?.prompt as ChatPrompt;
  assertEquals(prompt.think, undefined);
});

Deno.test("POST /v1/chat/completions takes llama-server's bounds of thinking", async () => {
  const { post, inference } = testApp();
  for (
    const [fields, tokens] of [
      [{ reasoning_budget_tokens: 0 }, 0],
      [{ thinking_budget_tokens: 9 }, 9],
      [{ reasoning_budget_tokens: -1 }, undefined],
      [{}, undefined],
    ] as const
  ) {
    await (await post(PATH, { ...body, model: "thinker", ...fields })).text();
    const prompt = inference.generations.at(-1)?.prompt as ChatPrompt;
    assertEquals(prompt.thinkingTokens, tokens);
  }
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
  [
    { messages: [] },
    400,
    "Invalid value for 'messages': must have a message at least.",
    "messages",
  ],
  [
    { messages: [{ role: "bot", content: "" }] },
    400,
    `Invalid type for 'messages[0].role': expected ("system" | "developer" | "user" | "assistant" | "tool"), got "bot".`,
    "messages[0].role",
  ],
  [
    { temperature: 3 },
    400,
    "Invalid value for 'temperature': must be from 0 to 2.",
    "temperature",
  ],
  [
    { functions: [] },
    400,
    "Invalid value for 'functions': functions are not supported; use tools.",
    "functions",
  ],
  [
    { modalities: ["text", "audio"] },
    400,
    `Invalid type for 'modalities[1]': expected "text", got "audio".`,
    "modalities[1]",
  ],
  [
    { moderation: { model: "x" } },
    400,
    "Invalid value for 'moderation': moderation is not supported.",
    "moderation",
  ],
  [
    { top_logprobs: 2 },
    400,
    "'top_logprobs' needs 'logprobs' to be true.",
    "top_logprobs",
  ],
  [
    { logit_bias: { word: 1 } },
    400,
    "Invalid key in 'logit_bias': word. Keys are numbers of tokens.",
    "logit_bias",
  ],
  [
    { tools: [{ type: "function", function: { name: "f" } }] },
    400,
    "registry.ollama.ai/library/plain:latest does not support tools",
    null,
  ],
  [
    {
      messages: [{
        role: "user",
        content: [{ type: "image_url", image_url: { url: "https://a/b.png" } }],
      }],
    },
    400,
    "image URLs are not currently supported, please use base64 encoded data instead",
    "messages[0].content",
  ],
];

for (const [fields, status, message, param] of REFUSED) {
  Deno.test(`POST /v1/chat/completions refuses ${JSON.stringify(fields)}`, async () => {
    const { post } = testApp();
    const response = await post(PATH, { ...body, ...fields });
    const { error } = await response.json();
    assertEquals([response.status, error.message, error.param], [
      status,
      message,
      param,
    ]);
    const types: Record<number, string> = {
      400: "invalid_request_error",
      404: "not_found_error",
    };
    assertEquals(error.type, types[status]);
  });
}

Deno.test("POST /v1/chat/completions tells of failures before and in a stream", async () => {
  const { post, inference } = testApp();
  const full = new ServerError("queue_full", "server busy", { retryAfter: 2 });
  // deno-lint-ignore require-yield
  inference.script = async function* () {
    await Promise.resolve();
    throw full;
  };
  const busy = await post(PATH, { ...body, stream: true });
  assertEquals([busy.status, busy.headers.get("retry-after")], [503, "2"]);
  assertEquals((await busy.json()).error.type, "overloaded_error");
  inference.script = failing(new ServerError("engine_died", "gone"), "He");
  const text = await (await post(PATH, { ...body, stream: true })).text();
  assert(text.endsWith(
    'data: {"error":{"message":"gone","type":"api_error","param":null,"code":null}}\n\n',
  ));
});
