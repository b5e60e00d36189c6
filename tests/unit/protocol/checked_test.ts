import { assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { ServerError } from "../../../src/errors.ts";
import { checked } from "../../../src/protocol/checked.ts";

const BODY = v.object({
  model: v.string(),
  n: v.optional(v.pipe(v.number(), v.integer("must be whole"))),
  messages: v.array(v.variant("role", [
    v.object({
      role: v.literal("user"),
      content: v.union([
        v.string(),
        v.array(v.object({ type: v.literal("text"), text: v.string() })),
      ]),
    }),
    v.object({ role: v.literal("tool"), tool_call_id: v.string() }),
  ])),
});

const user = (content: unknown) => ({ role: "user", content });

Deno.test("checked() gives what the schema makes of a value", () => {
  const value = { model: "m", messages: [user("a")] };
  assertEquals(checked(BODY, value) as unknown, value);
});

const FAULTS: readonly [unknown, string | undefined, string][] = [
  [[], undefined, "Missing required parameter: 'model'."],
  [null, undefined, "Invalid type for the body: expected Object, got null."],
  [{ messages: [] }, "model", "Missing required parameter: 'model'."],
  [
    { model: 5, messages: [] },
    "model",
    "Invalid type for 'model': expected string, got 5.",
  ],
  [
    { model: "m", messages: [], n: 1.5 },
    "n",
    "Invalid value for 'n': must be whole.",
  ],
  [
    { model: "m", messages: [user("a"), { role: "tool" }] },
    "messages[1].tool_call_id",
    "Missing required parameter: 'messages[1].tool_call_id'.",
  ],
  [
    { model: "m", messages: [{ role: "bot" }] },
    "messages[0].role",
    'Invalid type for \'messages[0].role\': expected ("user" | "tool"), got "bot".',
  ],
  [
    { model: "m", messages: [user(5)] },
    "messages[0].content",
    "Invalid type for 'messages[0].content': expected (string | Array), got 5.",
  ],
  [
    { model: "m", messages: [user([{ type: "text", text: 1 }])] },
    "messages[0].content[0].text",
    "Invalid type for 'messages[0].content[0].text': expected string, got 1.",
  ],
];

for (const [value, param, message] of FAULTS) {
  Deno.test(`checked() tells of ${JSON.stringify(value)}`, () => {
    const error = assertThrows(() => checked(BODY, value), ServerError);
    assertEquals(error.message, message);
    if (param !== undefined) {
      assertEquals(error.param, param);
    }
  });
}
