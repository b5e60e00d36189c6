import { assertEquals } from "@std/assert";
import {
  toTurns,
  withInstructions,
} from "../../../src/protocol/openai_response_turns.ts";
import type { WireItem } from "../../../src/protocol/openai_response_types.ts";

function says(role: "user" | "assistant", content: string): WireItem {
  return { type: "message", role, content };
}

function thinks(text: string): WireItem {
  return { type: "reasoning", content: [{ type: "reasoning_text", text }] };
}

function calls(call_id: string): WireItem {
  return { type: "function_call", call_id, name: "f", arguments: "{}" };
}

function returns(call_id: string): WireItem {
  return { type: "function_call_output", call_id, output: "1" };
}

const call = (id: string) => ({ id, name: "f", arguments: {} });
const result = (toolCallId: string) => ({
  role: "tool",
  content: "1",
  toolName: "f",
  toolCallId,
});

Deno.test("what a model answered in one go is one turn", () => {
  assertEquals(
    toTurns([
      says("user", "hi"),
      thinks("Hm"),
      says("assistant", "Well."),
      calls("a"),
      calls("b"),
      returns("a"),
      returns("b"),
      thinks("So"),
      calls("c"),
      returns("c"),
    ], 0),
    [
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: "Well.",
        thinking: "Hm",
        toolCalls: [call("a"), call("b")],
      },
      result("a"),
      result("b"),
      {
        role: "assistant",
        content: "",
        thinking: "So",
        toolCalls: [call("c")],
      },
      result("c"),
    ],
  );
});

Deno.test("what goes back behind what was said begins another turn", () => {
  const turns = toTurns([
    says("assistant", "One."),
    says("assistant", "Two."),
    calls("a"),
    thinks("Hm"),
    thinks("Hmm"),
    says("assistant", "Three."),
  ], 0);
  assertEquals(turns, [
    { role: "assistant", content: "One." },
    { role: "assistant", content: "Two.", toolCalls: [call("a")] },
    { role: "assistant", content: "Three.", thinking: "Hm\nHmm" },
  ]);
});

Deno.test("thinking of another server is read from its summary", () => {
  const [turn] = toTurns([{
    type: "reasoning",
    summary: [{ type: "summary_text", text: "In short" }],
    encrypted_content: "gAAAA",
  }], 0);
  assertEquals(turn?.thinking, "In short");
});

Deno.test("instructions are the first system turn, with those that are there", () => {
  const user = { role: "user", content: "hi" };
  const system = { role: "system", content: "Be kind." };
  assertEquals(withInstructions(null, [user]), [user]);
  assertEquals(withInstructions("Be brief.", [user]), [
    { role: "system", content: "Be brief." },
    user,
  ]);
  const joined = "Be brief.\n\nBe kind.\n\nBe kind.";
  assertEquals(withInstructions("Be brief.", [system, system, user, system]), [
    { role: "system", content: joined },
    user,
    system,
  ]);
});
