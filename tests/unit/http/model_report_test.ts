import { assertEquals } from "@std/assert";
import { displayName, parameterSize } from "../../../src/http/model_report.ts";
import { parseModelName } from "../../../src/models/name.ts";

Deno.test("parameterSize() counts in thousands, millions and billions", () => {
  const cases: readonly [number, string][] = [
    [999, "999"],
    [22_600, "23K"],
    [134_515_008, "134.52M"],
    [135_000_000, "135M"],
    [3_212_749_888, "3.2B"],
    [7_000_000_000, "7B"],
  ];
  for (const [count, text] of cases) {
    assertEquals(parameterSize(count), text);
  }
});

Deno.test("displayName() always shows the tag", () => {
  const cases: readonly [string, string][] = [
    ["m", "m:latest"],
    ["m:8b", "m:8b"],
    ["me/m", "me/m:latest"],
    ["registry.ollama.ai/library/m:latest", "m:latest"],
    ["example.com/me/m:1", "example.com/me/m:1"],
  ];
  for (const [written, shown] of cases) {
    assertEquals(displayName(parseModelName(written)), shown);
  }
});
