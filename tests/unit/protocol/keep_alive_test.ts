import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { readKeepAlive } from "../../../src/protocol/keep_alive.ts";

Deno.test("readKeepAlive() reads seconds and durations as milliseconds", () => {
  const cases: readonly [unknown, number | undefined][] = [
    [undefined, undefined],
    [0, 0],
    ["0", 0],
    ["0s", 0],
    [42, 42_000],
    [0.5, 500],
    ["1h30m", 5_400_000],
    ["300ms", 300],
    [-1, Infinity],
    ["-1s", Infinity],
  ];
  for (const [value, expected] of cases) {
    assertEquals(readKeepAlive(value), expected, String(value));
  }
});

Deno.test("readKeepAlive() refuses the rest in Ollama's words", () => {
  const cases: readonly [unknown, string][] = [
    [true, "Unsupported type: 'bool'"],
    [[1], "Unsupported type: '[]interface {}'"],
    [{}, "Unsupported type: 'map[string]interface {}'"],
    ["", 'time: invalid duration ""'],
    ["x", 'time: invalid duration "x"'],
    ["5", 'time: missing unit in duration "5"'],
    ["5y", 'time: unknown unit "y" in duration "5y"'],
  ];
  for (const [value, words] of cases) {
    const error = assertThrows(() => readKeepAlive(value), ServerError);
    assertEquals([error.kind, error.message], ["bad_request", words]);
  }
});
