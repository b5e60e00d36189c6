import { assertEquals } from "@std/assert";
import { formatTable } from "../../../src/cli/table.ts";

Deno.test("formatTable() pads columns to their widest cell", () => {
  assertEquals(
    formatTable([
      ["NAME", "SIZE", "MODIFIED"],
      ["smollm2:135m", "96 MB", "now"],
      ["a", "", ""],
    ]),
    "NAME            SIZE     MODIFIED\n" +
      "smollm2:135m    96 MB    now\n" +
      "a\n",
  );
});
