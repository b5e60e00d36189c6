import { assert, assertEquals } from "@std/assert";
import { ServerError } from "../../src/errors.ts";
import type { AnswerEvent, FinishReason } from "../../src/generation.ts";
import type { ChatPrompt } from "../../src/runtime/inference.ts";
import { testApp } from "../testing/app.ts";
import { failing } from "../testing/fake_inference.ts";

const PATH = "/v1/responses";
const body = { model: "plain", input: "hi" };

interface Event {
  type: string;
  sequence_number: number;
  [field: string]: unknown;
}

/** Events of a stream; each is named by its type and numbered in order. */
async function eventsOf(response: Response): Promise<Event[]> {
  const blocks = (await response.text()).split("\n\n").filter((each) => each);
  const events = blocks.map((block): Event => {
    const [name, data] = block.split("\n");
    const event = JSON.parse(data?.slice("data: ".length) ?? "");
    assertEquals(name, `event: ${event.type}`);
    return event;
  });
  assertEquals(
    events.map(({ sequence_number }) => sequence_number),
    events.map((_, index) => index),
  );
  return events;
}

function done(reason: FinishReason): AnswerEvent {
  return {
    type: "done",
    reason,
    counts: { cached: 2, computed: 9, generated: 7 },
    reasoningTokens: 1,
    timings: { promptNs: 1, decodeNs: 2 },
  };
}

/** Thinks, speaks, calls two tools, and ends. */
async function* rich(): AsyncGenerator<AnswerEvent, void> {
  yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
  yield { type: "thinking", text: "Hm" };
  yield { type: "thinking", text: "m" };
  yield { type: "text", text: "Let me see." };
  yield {
    type: "call",
    call: { id: "call_1", name: "f", arguments: { x: 1 } },
  };
  yield { type: "call", call: { id: "call_2", name: "g", arguments: {} } };
  yield await Promise.resolve(done("stop"));
}

/** An answer of these events. */
function saying(...events: AnswerEvent[]) {
  return async function* (): AsyncGenerator<AnswerEvent, void> {
    yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
    yield* await Promise.resolve(events);
  };
}

const tools = ["f", "g"].map((name) => ({ type: "function", name }));

function withoutIds(items: { id?: string }[]) {
  return items.map(({ id: _, ...rest }) => rest);
}

Deno.test("POST /v1/responses answers whole, with every field of a response", async () => {
  const { post } = testApp();
  const response = await post(PATH, body);
  assertEquals(response.status, 200);
  const { id, created_at, completed_at, output, ...answer } = await response
    .json();
  assert(/^resp_[0-9a-f]{32}$/.test(id));
  assertEquals(response.headers.get("x-request-id"), id);
  assert(created_at <= completed_at && completed_at <= Date.now() / 1000);
  assert(/^msg_[0-9a-f]{32}$/.test(output[0].id));
  assertEquals(withoutIds(output), [{
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{
      type: "output_text",
      text: "Hello",
      annotations: [],
      logprobs: [],
    }],
  }]);
  assertEquals(answer, {
    object: "response",
    status: "completed",
    error: null,
    incomplete_details: null,
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 14,
    },
    model: "plain",
    instructions: null,
    previous_response_id: null,
    tools: [],
    tool_choice: "auto",
    parallel_tool_calls: true,
    max_tool_calls: null,
    max_output_tokens: null,
    temperature: 1,
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: 0,
    text: { format: { type: "text" }, verbosity: "medium" },
    reasoning: { effort: null, summary: null },
    truncation: "disabled",
    metadata: {},
    store: true,
    user: null,
    safety_identifier: null,
    prompt_cache_key: null,
    service_tier: "default",
    background: false,
  });
});

Deno.test("POST /v1/responses streams every event in order", async () => {
  const { post, inference } = testApp();
  inference.script = rich;
  const asked = { ...body, model: "thinker", tools, stream: true };
  const response = await post(PATH, asked);
  assertEquals(
    response.headers.get("content-type"),
    "text/event-stream; charset=utf-8",
  );
  const events = await eventsOf(response);
  const place = (event: Event) =>
    event.output_index === undefined ? "" : ` ${event.output_index}`;
  assertEquals(
    events.map((event) => event.type.replace("response.", "") + place(event)),
    [
      "created",
      "in_progress",
      "output_item.added 0",
      "content_part.added 0",
      "reasoning_text.delta 0",
      "reasoning_text.delta 0",
      "reasoning_text.done 0",
      "content_part.done 0",
      "output_item.done 0",
      "output_item.added 1",
      "content_part.added 1",
      "output_text.delta 1",
      "output_text.done 1",
      "content_part.done 1",
      "output_item.done 1",
      "output_item.added 2",
      "function_call_arguments.delta 2",
      "function_call_arguments.done 2",
      "output_item.done 2",
      "output_item.added 3",
      "function_call_arguments.delta 3",
      "function_call_arguments.done 3",
      "output_item.done 3",
      "completed",
    ],
  );
  const last = events.at(-1)?.response as Record<string, unknown>;
  assertEquals(`${last.id}`, response.headers.get("x-request-id"));
  const items = events.filter(({ type }) => type.endsWith("output_item.done"));
  assertEquals(items.map(({ item }) => item), last.output as unknown[]);
});

Deno.test("POST /v1/responses gives thinking, text and calls as items", async () => {
  const { post, inference } = testApp();
  inference.script = rich;
  const asked = { ...body, model: "thinker", tools };
  const whole = await (await post(PATH, asked)).json();
  const call = { type: "function_call", status: "completed" };
  const [thinking, message, ...calls] = withoutIds(whole.output);
  assertEquals(thinking, {
    type: "reasoning",
    status: "completed",
    summary: [],
    content: [{ type: "reasoning_text", text: "Hmm" }],
    encrypted_content: null,
  });
  assertEquals((message as { role: string }).role, "assistant");
  assertEquals(calls, [
    { ...call, call_id: "call_1", name: "f", arguments: '{"x":1}' },
    { ...call, call_id: "call_2", name: "g", arguments: "{}" },
  ]);
  assertEquals(whole.usage.output_tokens_details.reasoning_tokens, 1);

  const one = { ...asked, parallel_tool_calls: false };
  const { output } = await (await post(PATH, one)).json();
  assertEquals(output.length, 3);
});

Deno.test("POST /v1/responses gives thinking as the summary that is asked for, and to hand back", async () => {
  const { post, inference } = testApp();
  inference.script = rich;
  const asked = {
    ...body,
    model: "thinker",
    reasoning: { effort: "minimal", summary: "auto" },
    include: ["reasoning.encrypted_content"],
  };
  const events = await eventsOf(await post(PATH, { ...asked, stream: true }));
  assertEquals(
    events.slice(2, 9).map(({ type }) => type.replace("response.", "")),
    [
      "output_item.added",
      "reasoning_summary_part.added",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.done",
      "reasoning_summary_part.done",
      "output_item.done",
    ],
  );
  const { output } = await (await post(PATH, asked)).json();
  assertEquals(output[0].summary, [{ type: "summary_text", text: "Hmm" }]);
  assertEquals(output[0].content, []);
  const prompt = inference.generations.at(-1)?.prompt as ChatPrompt;
  assertEquals(prompt.think, "low");

  const { encrypted_content } = output[0];
  const items = [{ type: "reasoning", summary: [], encrypted_content }];
  await (await post(PATH, { ...asked, input: items })).text();
  const next = inference.generations.at(-1)?.prompt as ChatPrompt;
  assertEquals(next.messages.at(-1)?.thinking, "Hmm");
});

Deno.test("POST /v1/responses is incomplete when the length ends it", async () => {
  const { post, inference } = testApp();
  inference.script = saying({ type: "text", text: "He" }, done("length"));
  const asked = { ...body, max_output_tokens: 7 };
  const whole = await (await post(PATH, asked)).json();
  assertEquals(inference.generations[0]?.limits.maxTokens, 7);
  assertEquals(whole.status, "incomplete");
  assertEquals(whole.incomplete_details, { reason: "max_output_tokens" });
  assertEquals([whole.output[0].status, whole.completed_at], [
    "incomplete",
    null,
  ]);
  const events = await eventsOf(await post(PATH, { ...asked, stream: true }));
  assertEquals(events.at(-1)?.type, "response.incomplete");
});

Deno.test("POST /v1/responses answers nothing with an empty message", async () => {
  const { post, inference } = testApp();
  inference.script = saying(done("stop"));
  const { output } = await (await post(PATH, body)).json();
  assertEquals(output[0].content[0].text, "");
});

Deno.test("POST /v1/responses gives log probabilities of the text when asked", async () => {
  const { post, inference } = testApp();
  const token = (text: string) => ({
    id: 1,
    token: text,
    bytes: [1],
    logprob: -0.5,
    top: [{ id: 1, token: text, bytes: [1], logprob: -0.5 }],
  });
  inference.script = saying(
    { type: "text", text: "", logprobs: [token("He")] },
    { type: "text", text: "Hello", logprobs: [token("llo")] },
    done("stop"),
  );
  const asked = {
    ...body,
    include: ["message.output_text.logprobs"],
    top_logprobs: 1,
  };
  const { output } = await (await post(PATH, asked)).json();
  assertEquals(inference.generations[0]?.logprobs, 1);
  const wire = (text: string) => ({ token: text, logprob: -0.5, bytes: [1] });
  assertEquals(output[0].content[0].logprobs, [
    { ...wire("He"), top_logprobs: [wire("He")] },
    { ...wire("llo"), top_logprobs: [wire("llo")] },
  ]);
  const events = await eventsOf(await post(PATH, { ...asked, stream: true }));
  const deltas = events.filter(({ type }) => type.endsWith("text.delta"));
  assertEquals(deltas.map(({ delta }) => delta), ["Hello"]);
  assertEquals(deltas[0]?.logprobs, output[0].content[0].logprobs);
});

Deno.test("POST /v1/responses tells of failures before and in a stream", async () => {
  const { post, inference, errors } = testApp();
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
  const stream = await post(PATH, { ...body, stream: true });
  const events = await eventsOf(stream);
  const [failed, error] = events.slice(-2);
  assertEquals(failed?.type, "response.failed");
  const response = failed?.response as Record<string, unknown>;
  assertEquals(response.status, "failed");
  assertEquals(response.error, { code: "server_error", message: "gone" });
  const [item] = response.output as { content: { text: string }[] }[];
  assertEquals(item?.content[0]?.text, "He");
  assertEquals(error, {
    type: "error",
    sequence_number: events.length - 1,
    code: null,
    message: "gone",
    param: null,
    error: { message: "gone", type: "api_error", param: null, code: null },
  });
  assert(errors.some((line) => line.includes("gone")));
});
