import { assertEquals } from "@std/assert";
import { BoundedLabels } from "../../../src/usage/bounded_labels.ts";
import { entryWith } from "../../testing/entries.ts";

Deno.test("BoundedLabels tells the first models and keys apart and no others", () => {
  const labels = new BoundedLabels();
  for (let count = 0; count < 100; count++) {
    labels.modelAndKey(entryWith({ model: `m${count}`, key: `k${count}` }));
  }
  const of = (model: string, key: string) =>
    Object.values(labels.modelAndKey(entryWith({ model, key })));
  assertEquals(of("m99", "k0"), ["m99", "k0"]);
  assertEquals(of("new", "k0"), ["(other models)", "k0"]);
  assertEquals(of("m0", "new"), ["m0", "(other keys)"]);
  assertEquals(labels.model({ model: "new" }), "(other models)");
});

Deno.test("BoundedLabels tells the first groups apart and no others", () => {
  const labels = new BoundedLabels();
  const groups = new Set<string>();
  for (let count = 0; count < 10_000; count++) {
    const model = `m${count % 100}`;
    const key = `k${Math.floor(count / 100)}`;
    groups.add(
      Object.values(labels.modelAndKey(entryWith({ model, key })))
        .join(),
    );
  }
  assertEquals(groups.size, 801);
  assertEquals(labels.modelAndKey(entryWith({ model: "m0", key: "k0" })), {
    model: "m0",
    key: "k0",
  });
});
