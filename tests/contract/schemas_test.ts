import { assertEquals } from "@std/assert";
import { grammarOf } from "../../src/runtime/answer_schema.ts";
import { testApp } from "../testing/app.ts";
import { hello } from "../testing/fake_inference.ts";

const SCHEMA = { type: "object", properties: { a: { enum: [] } } };
const MESSAGE = 'Cannot hold the answer to this JSON Schema: "enum" that is ' +
  'empty in "/properties/a"; no value meets that';

const chat = {
  model: "plain",
  messages: [{ role: "user", content: "hi" }],
  max_tokens: 9,
};
const json_schema = { name: "x", schema: SCHEMA };

const OPENAI = {
  error: {
    message: MESSAGE,
    type: "invalid_request_error",
    param: null,
    code: null,
  },
};

const CASES: readonly (readonly [string, object, object])[] = [
  ["/api/chat", { ...chat, format: SCHEMA }, { error: MESSAGE }],
  ["/api/generate", { model: "plain", prompt: "hi", format: SCHEMA }, {
    error: MESSAGE,
  }],
  ["/v1/chat/completions", {
    ...chat,
    response_format: { type: "json_schema", json_schema },
  }, OPENAI],
  ["/v1/responses", {
    model: "plain",
    input: "hi",
    text: { format: { type: "json_schema", ...json_schema } },
  }, OPENAI],
  ["/v1/messages", {
    ...chat,
    output_config: { format: { type: "json_schema", schema: SCHEMA } },
  }, {
    type: "error",
    error: { type: "invalid_request_error", message: MESSAGE },
  }],
];

Deno.test("every dialect tells in its shape what is wrong with a schema", async () => {
  const { inference, post } = testApp();
  inference.script = async function* (request) {
    grammarOf(request);
    yield* hello();
  };
  for (const [path, body, expected] of CASES) {
    const response = await post(path, body);
    const { request_id: _, ...answer } = await response.json();
    assertEquals([path, response.status, answer], [path, 400, expected]);
  }
});
