import { assertEquals } from "@std/assert";
import plugin from "../../../tools/lint_plugin.ts";

/** A function of so many lines. */
function functionOf(lines: number): string {
  return `function long() {\n${"\n".repeat(lines - 2)}}\n`;
}

function faultsIn(source: string, name = "file.ts"): string[] {
  return Deno.lint.runPlugin(plugin, name, source)
    .map(({ id, message }) => `${id}: ${message}`);
}

Deno.test("a function of sixty lines is short enough", () => {
  assertEquals(faultsIn(functionOf(60)), []);
});

Deno.test("a longer function is a fault, however it is written", () => {
  const fault = "tally/short-functions: 61 lines, 60 are the most";
  const body = functionOf(61).slice("function long() ".length);
  assertEquals(faultsIn(functionOf(61)), [fault]);
  assertEquals(faultsIn(`const long = () => ${body}`), [fault]);
  assertEquals(faultsIn(`const long = function () ${body}`), [fault]);
  assertEquals(faultsIn(`class A { long() ${body} }`), [fault]);
});

Deno.test("tests may be lists of steps", () => {
  assertEquals(faultsIn(functionOf(61), "file_test.ts"), []);
});
