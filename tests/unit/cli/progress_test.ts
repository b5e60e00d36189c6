import { assertEquals } from "@std/assert";
import { progressText } from "../../../src/cli/progress.ts";

Deno.test("progressText() tells the share and the whole", () => {
  assertEquals(progressText("hashing a", 0, 2000), "hashing a 0% of 2 KB");
  assertEquals(progressText("hashing a", 1999, 2000), "hashing a 99% of 2 KB");
  assertEquals(progressText("hashing a", 0, 0), "hashing a 100% of 0 B");
});
