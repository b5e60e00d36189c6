import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { decodeStruct } from "../../../src/protocol/go_struct.ts";
import {
  chatTurns,
  generateTurns,
  readFormat,
  readLogprobs,
  readThink,
  toChatMessage,
} from "../../../src/protocol/ollama_request.ts";
import {
  ChatRequest,
  GenerateRequest,
} from "../../../src/protocol/ollama_types.ts";

const preamble = {
  system: "Be brief.",
  messages: [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Yo" },
  ],
};

function chatBody(value: unknown) {
  return decodeStruct(ChatRequest, "ChatRequest", value);
}

function generateBody(value: unknown) {
  return decodeStruct(GenerateRequest, "GenerateRequest", value);
}

Deno.test("chatTurns() puts SYSTEM and MESSAGE turns first", () => {
  const body = chatBody({ messages: [{ role: "USER", content: "x" }] });
  assertEquals(chatTurns(body.messages.map(toChatMessage), preamble), [
    { role: "system", content: "Be brief." },
    ...preamble.messages,
    { role: "user", content: "x" },
  ]);
});

Deno.test("chatTurns() leaves SYSTEM out when the client has its own", () => {
  const body = chatBody({ messages: [{ role: "System", content: "Mine." }] });
  assertEquals(chatTurns(body.messages.map(toChatMessage), preamble), [
    ...preamble.messages,
    { role: "system", content: "Mine." },
  ]);
});

Deno.test("chatTurns() carries everything a message has", () => {
  const body = chatBody({
    messages: [{
      role: "assistant",
      thinking: "hm",
      tool_calls: [{
        id: "call_1",
        function: { index: 0, name: "f", arguments: { a: null } },
      }],
    }, { role: "tool", content: "4", tool_name: "f", tool_call_id: "call_1" }],
  });
  assertEquals(chatTurns(body.messages.map(toChatMessage), { messages: [] }), [
    {
      role: "assistant",
      content: "",
      thinking: "hm",
      toolCalls: [{ id: "call_1", name: "f", arguments: { a: null } }],
    },
    { role: "tool", content: "4", toolName: "f", toolCallId: "call_1" },
  ]);
});

Deno.test("generateTurns() takes the request's system over the model's", () => {
  const body = generateBody({ prompt: "x", system: "Mine." });
  assertEquals(generateTurns(body, preamble), [
    { role: "system", content: "Mine." },
    ...preamble.messages,
    { role: "user", content: "x" },
  ]);
});

Deno.test("generateTurns() leaves MESSAGE turns out after a context", () => {
  const body = generateBody({ prompt: "x", context: [1, 2] });
  assertEquals(generateTurns(body, preamble), [
    { role: "system", content: "Be brief." },
    { role: "user", content: "x" },
  ]);
});

Deno.test("readThink() reads booleans and levels", () => {
  for (
    const value of [undefined, true, false, "high", "medium", "low", "max"]
  ) {
    assertEquals(readThink(value), value);
  }
});

Deno.test("readThink() refuses the rest in Ollama's words", () => {
  const choices = '"high", "medium", "low", "max", true, or false';
  const cases: readonly [unknown, string][] = [
    ["", `invalid think value: "" (must be ${choices})`],
    ["x", `invalid think value: "x" (must be ${choices})`],
    [1, `think must be a boolean or string (${choices})`],
  ];
  for (const [value, words] of cases) {
    const error = assertThrows(() => readThink(value), ServerError);
    assertEquals([error.kind, error.message], ["bad_request", words]);
  }
});

Deno.test("readFormat() tells JSON and schemas from what is no format", () => {
  for (const none of ["", null, undefined]) {
    assertEquals(readFormat(none), undefined);
  }
  assertEquals(readFormat("json"), { type: "json" });
  const schema = { type: "object" };
  assertEquals(readFormat(schema), { type: "schema", schema });
  for (
    const [format, written] of [["xml", '\\"xml\\"'], [[1], "[1]"], [3, "3"]]
  ) {
    const error = assertThrows(() => readFormat(format), ServerError);
    assertEquals([error.kind, error.message], [
      "bad_request",
      `invalid format: "${written}"; expected "json" or a valid JSON Schema object`,
    ]);
  }
});

Deno.test("readLogprobs() gives the alternatives when any are wanted", () => {
  const read = (body: unknown) => readLogprobs(chatBody(body));
  assertEquals(read({ top_logprobs: 5 }), undefined);
  assertEquals(read({ logprobs: true }), 0);
  assertEquals(read({ logprobs: true, top_logprobs: 20 }), 20);
  for (const top_logprobs of [21, -1]) {
    const error = assertThrows(() => read({ top_logprobs }), ServerError);
    assertEquals([error.kind, error.message], [
      "bad_request",
      "top_logprobs must be between 0 and 20",
    ]);
  }
});
