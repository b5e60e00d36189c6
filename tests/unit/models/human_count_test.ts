import { assertEquals } from "@std/assert";
import { humanCount } from "../../../src/models/human_count.ts";

Deno.test("humanCount() prints counts as Ollama does", () => {
  const cases: readonly [number, string][] = [
    [0, "0"],
    [999, "999"],
    [1000, "1K"],
    [26_500, "27K"],
    [1_000_000, "1M"],
    [22_565_376, "22.57M"],
    [134_515_008, "134.52M"],
    [1_000_000_000, "1B"],
    [3_212_749_888, "3.2B"],
    [8_030_261_248, "8.0B"],
    [70_000_000_000, "70B"],
  ];
  for (const [count, text] of cases) {
    assertEquals(humanCount(count), text);
  }
});
