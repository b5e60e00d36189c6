import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { readInputs } from "../../../src/protocol/ollama_embed.ts";

Deno.test("readInputs() reads a text, several, or none", () => {
  assertEquals(readInputs("a"), ["a"]);
  assertEquals(readInputs(["a", ""]), ["a", ""]);
  for (const nothing of [undefined, "", []]) {
    assertEquals(readInputs(nothing), []);
  }
});

Deno.test("readInputs() refuses anything else", () => {
  for (const input of [5, true, {}, ["a", 1], [["a"]]]) {
    const error = assertThrows(() => readInputs(input), ServerError);
    assertEquals(error.message, "invalid input type");
  }
});
