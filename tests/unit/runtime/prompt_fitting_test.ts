import { assertEquals, assertRejects } from "@std/assert";
import type { ChatMessage } from "../../../src/generation.ts";
import { fitPrompt } from "../../../src/runtime/prompt_fitting.ts";

/** One token a character, and how often it was asked. */
function fitting(messages: readonly ChatMessage[], limit: number) {
  const calls = { tokenize: 0 };
  return {
    calls,
    messages,
    limit,
    truncate: true,
    render: (turns: readonly ChatMessage[]) =>
      turns.map((turn) => turn.content).join(""),
    tokenize: (text: string) => {
      calls.tokenize++;
      return Promise.resolve([...text].map((c) => c.codePointAt(0) ?? 0));
    },
  };
}

function turns(...contents: string[]): ChatMessage[] {
  return contents.map((content, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content,
  }));
}

function textOf(part: unknown): string {
  return typeof part === "string"
    ? part
    : String.fromCodePoint(...(part as number[]));
}

Deno.test("fitPrompt() does not count what cannot be too long", async () => {
  const given = fitting(turns("ab", "cd"), 5);
  assertEquals(await fitPrompt(given), { parts: ["abcd"], text: "abcd" });
  assertEquals(given.calls.tokenize, 0);
});

Deno.test("fitPrompt() passes counted tokens on", async () => {
  const given = fitting(turns("ää"), 4);
  const fitted = await fitPrompt(given);
  assertEquals(fitted.parts.map(textOf), ["ää"]);
  assertEquals([fitted.truncation, given.calls.tokenize], [undefined, 1]);
});

Deno.test("fitPrompt() drops no more of the oldest turns than it must", async () => {
  for (let limit = 2; limit <= 8; limit++) {
    const given = fitting(turns("1", "2", "3", "4", "5", "6", "7", "8"), limit);
    const fitted = await fitPrompt(given);
    assertEquals(fitted.parts.map(textOf), ["12345678".slice(9 - limit)]);
    assertEquals(fitted.truncation, {
      originalTokens: 8,
      keptTokens: limit - 1,
    });
  }
});

Deno.test("fitPrompt() keeps system messages and the newest turn", async () => {
  const messages = [
    { role: "system", content: "S" },
    ...turns("aaaa", "bbbb", "cccccc"),
  ];
  const fitted = await fitPrompt(fitting(messages, 4));
  assertEquals(fitted.parts.map(textOf), ["Scccccc"]);
  assertEquals(fitted.truncation, { originalTokens: 15, keptTokens: 4 });
});

Deno.test("fitPrompt() fails when it may not cut", async () => {
  const given = { ...fitting(turns("abc", "def"), 4), truncate: false };
  await assertRejects(
    () => fitPrompt(given),
    Error,
    "the prompt is longer than the context length",
  );
});
