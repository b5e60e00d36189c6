import { assertEquals } from "@std/assert";
import { forbidOthers } from "../../../src/engine/token_mask.ts";

/** Tokens that stay possible. */
function possible(tokens: number, allowed: number[]): number[] {
  const logits = new Float32Array(tokens).fill(1);
  forbidOthers(logits, Int32Array.from(allowed));
  return [...logits.keys()].filter((token) => logits[token] === 1);
}

Deno.test("forbidOthers() keeps single tokens, the sign bit's too", () => {
  assertEquals(possible(70, [1 | (1 << 31), 0, 1 << 3]), [0, 31, 67]);
});

Deno.test("forbidOthers() keeps whole words", () => {
  assertEquals(possible(64, [0, -1]), [...Array(32).keys()].map((i) => i + 32));
});

Deno.test("forbidOthers() ignores bits beyond the vocabulary", () => {
  assertEquals(possible(34, [0, -1]), [32, 33]);
  assertEquals(possible(34, [0, 0b110]), [33]);
});

Deno.test("forbidOthers() forbids tokens the mask does not reach", () => {
  assertEquals(possible(40, [1]), [0]);
});
