import { assertEquals } from "@std/assert";
import { displayName } from "../../../src/http/model_report.ts";
import { parseModelName } from "../../../src/models/name.ts";

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
