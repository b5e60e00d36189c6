import { assertEquals, assertThrows } from "@std/assert";
import type { ChatMessage } from "../../../src/generation.ts";
import {
  parseMessages,
  toStoredMessage,
} from "../../../src/models/stored_messages.ts";

const MESSAGES: readonly ChatMessage[] = [
  { role: "user", content: "1+1?", images: ["aGk="] },
  {
    role: "assistant",
    content: "",
    thinking: "Hm.",
    toolCalls: [{ id: "1", name: "add", arguments: { a: 1, b: [1] } }],
  },
  { role: "tool", content: "2", toolName: "add", toolCallId: "1" },
];

Deno.test("parseMessages() reads what toStoredMessage() writes", () => {
  const stored = MESSAGES.map(toStoredMessage);
  assertEquals(parseMessages(JSON.stringify(stored)), MESSAGES);
});

Deno.test("toStoredMessage() uses Ollama's names", () => {
  assertEquals(toStoredMessage(MESSAGES[1] as ChatMessage), {
    role: "assistant",
    content: "",
    thinking: "Hm.",
    tool_calls: [
      { id: "1", function: { name: "add", arguments: { a: 1, b: [1] } } },
    ],
  });
});

Deno.test("parseMessages() refuses what is no list", () => {
  assertThrows(() => parseMessages("{}"), SyntaxError);
});
