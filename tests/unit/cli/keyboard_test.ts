import { assertEquals } from "@std/assert";
import { goesOn } from "../../../src/cli/keyboard.ts";

Deno.test("goesOn() until quotes that begin a message are closed", () => {
  const cases: readonly [string, boolean][] = [
    ['"""', true],
    ['"""one\ntwo', true],
    ['"""one\ntwo"""', false],
    ['/set system """Be', true],
    ['/set system """Be kind."""', false],
    ['In Python, """ begins a docstring', false],
    ["Hello", false],
  ];
  for (const [text, expected] of cases) {
    assertEquals(goesOn(text), expected, text);
  }
});
