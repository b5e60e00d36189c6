import { assertEquals, assertMatch } from "@std/assert";
import type { GenerationEvent, TokenLogprob } from "../../../src/generation.ts";
import { answerParser } from "../../../src/prompt/answer_parser.ts";
import { AnswerReader, joinTexts } from "../../../src/runtime/answer_reader.ts";

const JINJA = "<think></think><tool_call>";
const TOOLS = [{ type: "function", function: { name: "f" } }];

function parser(splitThinking = true) {
  return answerParser({
    source: { jinja: JINJA },
    prompt: "",
    tools: TOOLS,
    splitThinking,
  });
}

function counts(generated: number) {
  return { cached: 1, computed: 2, generated };
}

function logprob(token: string): TokenLogprob {
  return { id: 0, token, bytes: [], logprob: -1, top: [] };
}

/** Reads texts of one token each, and an end with no text. */
function readAll(
  reader: AnswerReader,
  texts: readonly string[],
  withLogprobs = false,
): GenerationEvent[] {
  const events = texts.flatMap((text, index) =>
    reader.read({
      type: "progress",
      id: 1,
      counts: counts(index + 1),
      text,
      ...(withLogprobs ? { logprobs: [logprob(text)] } : {}),
    })
  );
  const last = reader.read({
    type: "done",
    id: 1,
    reason: "stop",
    counts: counts(texts.length + 1),
    timings: { promptNs: 1, decodeNs: 2 },
    text: "",
  });
  return [...events, ...last];
}

Deno.test("AnswerReader.read() gives text as it is without a parser", () => {
  const events = readAll(new AnswerReader(undefined, undefined), [
    "<think>",
    "",
    "a",
  ]);
  assertEquals(events, [
    { type: "text", text: "<think>" },
    { type: "text", text: "a" },
    {
      type: "done",
      reason: "stop",
      counts: counts(4),
      reasoningTokens: 0,
      timings: { promptNs: 1, decodeNs: 2 },
    },
  ]);
});

Deno.test("AnswerReader.read() tells thinking, text and calls apart and counts thinking", () => {
  const events = readAll(new AnswerReader(parser(), undefined), [
    "<think>",
    "\n",
    "Hm",
    ", so",
    "</think>",
    "Hi",
    "<tool_call>",
    '{"name": "f", "arguments": {"x": 1}}',
    "</tool_call>",
  ]);
  const call = events[3];
  assertEquals(events.map((event) => event.type), [
    "thinking",
    "thinking",
    "text",
    "call",
    "done",
  ]);
  assertEquals(call?.type === "call" && call.call.arguments, { x: 1 });
  assertMatch(
    call?.type === "call" ? call.call.id ?? "" : "",
    /^call_[0-9a-f]{8}$/,
  );
  const done = events.at(-1);
  // The opening tag, the line break and two words; the end tag led to "Hi".
  assertEquals(done?.type === "done" && done.reasoningTokens, 4);
});

Deno.test("AnswerReader.read() counts an answer cut short while thinking as thinking", () => {
  const reader = new AnswerReader(parser(), undefined);
  const done = readAll(reader, ["<think>", "Hm", " "]).at(-1);
  assertEquals(done?.type === "done" && done.reasoningTokens, 4);
});

Deno.test("AnswerReader.read() loses no log probabilities while text is held back", () => {
  const reader = new AnswerReader(parser(false), undefined);
  const texts = ["a", "<tool", '_call>{"name": "f"}</tool_call>', "b"];
  const events = readAll(reader, texts, true);
  const tokens = events.flatMap((event) =>
    "logprobs" in event ? event.logprobs ?? [] : []
  ).map((each) => each.token);
  assertEquals(tokens, texts);
  assertEquals(events[1], {
    type: "text",
    text: "",
    logprobs: [logprob("<tool")],
  });
});

Deno.test("AnswerReader.read() makes one truncation of dropped turns and cut tokens", () => {
  const dropped = { originalTokens: 900, keptTokens: 500 };
  const cut = { originalTokens: 500, keptTokens: 60 };
  const cases = [
    [undefined, undefined, undefined],
    [dropped, undefined, dropped],
    [undefined, cut, cut],
    [dropped, cut, { originalTokens: 900, keptTokens: 60 }],
  ] as const;
  for (const [before, within, expected] of cases) {
    const [done] = new AnswerReader(undefined, before).read({
      type: "done",
      id: 1,
      reason: "length",
      counts: counts(0),
      timings: { promptNs: 1, decodeNs: 2 },
      text: "",
      ...(within === undefined ? {} : { truncation: within }),
    });
    assertEquals(done?.type === "done" && done.truncation, expected);
  }
});

Deno.test("joinTexts() joins what is alike and carries no log probabilities", () => {
  const text = (text: string): GenerationEvent => ({ type: "text", text });
  const measured: GenerationEvent = {
    type: "text",
    text: "c",
    logprobs: [logprob("c")],
  };
  const thought: GenerationEvent = { type: "thinking", text: "hm" };
  assertEquals(
    joinTexts([text("a"), text("b"), measured, text("d"), thought, text("e")]),
    [text("ab"), measured, text("d"), thought, text("e")],
  );
});
