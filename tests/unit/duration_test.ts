import { assertEquals, assertThrows } from "@std/assert";
import { parseDuration } from "../../src/duration.ts";

Deno.test("parseDuration() reads Go's durations as milliseconds", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["-1.5s", -1500],
    ["+250ms", 250],
    [".5s", 500],
    ["1m0.25s", 60_250],
  ];
  for (const [text, milliseconds] of cases) {
    assertEquals(parseDuration(text), milliseconds, text);
  }
});

Deno.test("parseDuration() fails in Go's words", () => {
  const cases: [string, string][] = [
    ["", 'time: invalid duration ""'],
    ["x", 'time: invalid duration "x"'],
    ["-", 'time: invalid duration "-"'],
    ["5", 'time: missing unit in duration "5"'],
    ["5m3", 'time: missing unit in duration "5m3"'],
    ["5 m", 'time: unknown unit " m" in duration "5 m"'],
    ["3d", 'time: unknown unit "d" in duration "3d"'],
  ];
  for (const [text, message] of cases) {
    assertEquals(assertThrows(() => parseDuration(text)).message, message);
  }
});
