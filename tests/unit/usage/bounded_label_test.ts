import { assertEquals } from "@std/assert";
import { BoundedLabel } from "../../../src/usage/bounded_label.ts";

Deno.test("BoundedLabel tells the first values apart and no others", () => {
  const label = new BoundedLabel(2, "(others)");
  const values = ["a", "b", "a", "c", "b", "d"].map((each) => label.of(each));
  assertEquals(values, ["a", "b", "a", "(others)", "b", "(others)"]);
});
