import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { decodeStruct } from "../../../src/protocol/go_struct.ts";
import {
  ChatRequest,
  GenerateRequest,
} from "../../../src/protocol/ollama_types.ts";

function decodeGenerate(value: unknown) {
  return decodeStruct(GenerateRequest, "GenerateRequest", value);
}

function decodeChat(value: unknown) {
  return decodeStruct(ChatRequest, "ChatRequest", value);
}

Deno.test("decodeStruct() finds fields whatever their case", () => {
  const body = decodeGenerate({ MODEL: "m", Prompt: "p", Keep_Alive: 3 });
  assertEquals(body.model, "m");
  assertEquals(body.prompt, "p");
  assertEquals(body.keep_alive, 3);
});

Deno.test("decodeStruct() takes null for absent, in nested structs too", () => {
  const body = decodeChat({
    model: "m",
    stream: null,
    options: null,
    messages: [{ role: "user", Content: null }],
  });
  assertEquals(body.stream, true);
  assertEquals(body.options, {});
  assertEquals(body.messages[0]?.content, "");
});

Deno.test("decodeStruct() reads null as an empty struct and ignores unknown fields", () => {
  assertEquals(decodeGenerate(null), decodeGenerate({ unknown: 1 }));
});

Deno.test("decodeStruct() keeps what is inside maps", () => {
  const options = { Seed: null, nested: { a: null } };
  assertEquals(decodeGenerate({ options }).options, options);
});

const field = "json: cannot unmarshal";

/** Chat bodies, and what Go says of them. */
const MISMATCHES: readonly [unknown, string][] = [
  [[], `${field} array into Go value of type api.ChatRequest`],
  ["x", `${field} string into Go value of type api.ChatRequest`],
  [
    { stream: "yes" },
    `${field} string into Go struct field ChatRequest.stream of type bool`,
  ],
  [
    { model: 5 },
    `${field} number into Go struct field ChatRequest.model of type string`,
  ],
  [
    { top_logprobs: 1.5 },
    `${field} number 1.5 into Go struct field ChatRequest.top_logprobs of type int`,
  ],
  [
    { options: [] },
    `${field} array into Go struct field ChatRequest.options of type map[string]interface {}`,
  ],
  [
    { messages: "hi" },
    `${field} string into Go struct field ChatRequest.messages of type []api.Message`,
  ],
  [
    { messages: [true] },
    `${field} bool into Go struct field ChatRequest.messages of type api.Message`,
  ],
  [
    { messages: [{ content: 1 }] },
    `${field} number into Go struct field ChatRequest.messages.content of type string`,
  ],
  [
    { messages: [{ content: "a", images: [{}] }] },
    `${field} object into Go struct field ChatRequest.messages.images of type string`,
  ],
  [
    { tools: {} },
    `${field} object into Go struct field ChatRequest.tools of type api.Tools`,
  ],
];

Deno.test("decodeStruct() tells a wrong type in Go's words", () => {
  for (const [body, words] of MISMATCHES) {
    const error = assertThrows(() => decodeChat(body), ServerError);
    assertEquals(error.message, words);
    assertEquals(error.kind, "bad_request");
  }
});
