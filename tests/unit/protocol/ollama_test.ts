import { assert, assertEquals } from "@std/assert";
import type { AnswerEvent, GenerationDone } from "../../../src/generation.ts";
import {
  chatPart,
  type Content,
  generatePart,
  toChunks,
} from "../../../src/protocol/ollama.ts";

const done: GenerationDone = {
  type: "done",
  reason: "stop",
  counts: { cached: 3, computed: 4, generated: 2 },
  reasoningTokens: 0,
  timings: { promptNs: 10, decodeNs: 20 },
};

async function* eventsOf(
  end: GenerationDone,
): AsyncGenerator<AnswerEvent, void> {
  yield { type: "started", loadNs: 5, prompt: { cached: 2, computed: 9 } };
  yield { type: "text", text: "Hel" };
  yield { type: "text", text: "lo" };
  yield await Promise.resolve(end);
}

function answer<Part>(part: (content: Content) => Part) {
  return { model: "M", arrivedAt: performance.now(), part };
}

Deno.test("toChunks() streams texts and ends with the measurements", async () => {
  const events = eventsOf({ ...done, context: [1, 2] });
  const chunks = await Array.fromAsync(
    toChunks(events, answer(generatePart), true),
  );
  assertEquals(chunks.map((each) => each.response), ["Hel", "lo", ""]);
  assertEquals(chunks.map((each) => each.done), [false, false, true]);
  const { created_at, total_duration, ...last } = chunks[2]!;
  assertEquals(last, {
    model: "M",
    response: "",
    done: true,
    done_reason: "stop",
    context: [1, 2],
    load_duration: 5,
    prompt_eval_count: 7,
    prompt_eval_cached_count: 3,
    prompt_eval_duration: 10,
    eval_count: 2,
    eval_duration: 20,
  });
  assert(Number.isInteger(total_duration) && total_duration! > 0);
  assert(!Number.isNaN(Date.parse(created_at)));
});

Deno.test("toChunks() gives the whole text at once when not streaming", async () => {
  const chunks = await Array.fromAsync(
    toChunks(eventsOf(done), answer(chatPart), false),
  );
  assertEquals(chunks.length, 1);
  assertEquals(chunks[0]!.message, { role: "assistant", content: "Hello" });
});

Deno.test("toChunks() leaves out counts that are zero", async () => {
  const end = { ...done, counts: { cached: 0, computed: 4, generated: 0 } };
  const [chunk] = await Array.fromAsync(
    toChunks(eventsOf(end), answer(chatPart), false),
  );
  assertEquals("eval_count" in chunk!, false);
  assertEquals("prompt_eval_cached_count" in chunk!, false);
  assertEquals("prompt_truncated" in chunk!, false);
});

Deno.test("toChunks() tells when the prompt was cut", async () => {
  const truncation = { originalTokens: 900, keptTokens: 500 };
  const [chunk] = await Array.fromAsync(
    toChunks(eventsOf({ ...done, truncation }), answer(chatPart), false),
  );
  assertEquals(chunk!.prompt_truncated, true);
  assertEquals(chunk!.prompt_original_tokens, 900);
});

/** Thinks, answers with log probabilities, calls two tools. */
async function* richEvents(): AsyncGenerator<AnswerEvent, void> {
  const top = [{ id: 1, token: "a", bytes: [97], logprob: -0.5 }];
  yield { type: "thinking", text: "Hm" };
  yield {
    type: "text",
    text: "a",
    logprobs: [{ id: 1, token: "a", bytes: [97], logprob: -0.5, top }],
  };
  yield {
    type: "text",
    text: "",
    logprobs: [{ id: 2, token: "", bytes: [], logprob: -1, top: [] }],
  };
  yield { type: "call", call: { name: "f", arguments: { x: 1 } } };
  yield { type: "call", call: { id: "mine", name: "g", arguments: {} } };
  yield await Promise.resolve(done);
}

const LOGPROBS = [
  {
    token: "a",
    logprob: -0.5,
    bytes: [97],
    top_logprobs: [{ token: "a", logprob: -0.5, bytes: [97] }],
  },
  { token: "", logprob: -1 },
];

Deno.test("toChunks() streams thinking, log probabilities and calls apart", async () => {
  const chunks = await Array.fromAsync(
    toChunks(richEvents(), answer(chatPart), true),
  );
  const [thinking, text, empty, first, second, last] = chunks;
  assertEquals(thinking!.message, {
    role: "assistant",
    content: "",
    thinking: "Hm",
  });
  assertEquals([text!.message.content, text!.logprobs], ["a", [LOGPROBS[0]!]]);
  assertEquals([empty!.message.content, empty!.logprobs], ["", [LOGPROBS[1]!]]);
  assertEquals(first!.message.tool_calls, [
    { function: { index: 0, name: "f", arguments: { x: 1 } } },
  ]);
  assertEquals(second!.message.tool_calls, [
    { id: "mine", function: { index: 1, name: "g", arguments: {} } },
  ]);
  assertEquals(last!.message, { role: "assistant", content: "" });
  assertEquals([last!.done, "logprobs" in last!], [true, false]);
});

Deno.test("toChunks() puts all together when not streaming", async () => {
  const [chunk] = await Array.fromAsync(
    toChunks(richEvents(), answer(generatePart), false),
  );
  assertEquals([chunk!.response, chunk!.thinking], ["a", "Hm"]);
  assertEquals(chunk!.tool_calls!.map((call) => call.function.name), [
    "f",
    "g",
  ]);
  assertEquals(chunk!.logprobs, LOGPROBS);
});
