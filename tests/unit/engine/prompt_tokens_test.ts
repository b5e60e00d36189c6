import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import {
  checkTokens,
  type PromptTokens,
  promptTokens,
} from "../../../src/engine/prompt_tokens.ts";
import type { GenerateCommand } from "../../../src/messages.ts";
import { BOS, FakeBackend, TURN } from "../../testing/fake_backend.ts";

const backend = new FakeBackend({ contextLength: 11 });

function tokensOf(
  prompt: GenerateCommand["prompt"],
  limits: { keepTokens?: number; truncate?: boolean } = {},
): PromptTokens {
  return promptTokens(
    {
      type: "generate",
      id: 1,
      prompt,
      sampling: {} as GenerateCommand["sampling"],
      limits: {
        stop: [],
        keepTokens: 4,
        truncate: true,
        shift: true,
        ...limits,
      },
      wantContext: false,
    },
    backend,
  );
}

const LONG = [Array.from({ length: 30 }, (_, index) => index)];

Deno.test("promptTokens() begins a text with BOS, and only at the beginning", () => {
  assertEquals(tokensOf(["ab", "c"]), { tokens: [BOS, 97, 98, 99] });
  assertEquals(tokensOf([[1, 2], "c"]), { tokens: [1, 2, 99] });
  assertEquals(tokensOf([]), { tokens: [] });
});

Deno.test("promptTokens() reads special tokens in texts", () => {
  assertEquals(tokensOf(["a<|turn|>"]), { tokens: [BOS, 97, TURN] });
});

Deno.test("promptTokens() leaves what fits, with room for an answer", () => {
  assertEquals(tokensOf([LONG[0]?.slice(0, 10) ?? []]), {
    tokens: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  });
});

Deno.test("promptTokens() cuts the middle and says so", () => {
  assertEquals(tokensOf(LONG), {
    tokens: [0, 1, 2, 3, 24, 25, 26, 27, 28, 29],
    truncation: { originalTokens: 30, keptTokens: 10 },
  });
});

Deno.test("promptTokens() keeps no more than half of the context", () => {
  const kept = (keepTokens: number) => {
    const result = tokensOf(LONG, { keepTokens });
    assert("tokens" in result);
    assertEquals(result.tokens.length, 10);
    return result.tokens.findIndex((token, index) => token !== index);
  };
  assertEquals([0, 1, 5, 6, 99].map(kept), [0, 1, 5, 5, 5]);
});

Deno.test("promptTokens() says how long a prompt is that may not be cut", () => {
  assertEquals(tokensOf(LONG, { truncate: false }), { tooLong: 30 });
});

Deno.test("checkTokens() refuses what is no token", () => {
  checkTokens([0, 258], backend);
  for (const bad of [-1, 259, 0.5, NaN, Infinity]) {
    const error = assertThrows(
      () => checkTokens([1, bad], backend),
      ServerError,
    );
    assertEquals(error.kind, "bad_request");
  }
});
