import { assertEquals } from "@std/assert";
import { layersThatFit, layersToTry } from "../../../src/engine/gpu_layers.ts";

const GIB = 2 ** 30;

Deno.test("layersThatFit() takes the whole model, its output layer too", () => {
  assertEquals(layersThatFit(4 * GIB, 32, 24 * GIB), 33);
});

Deno.test("layersThatFit() takes a part when memory is short", () => {
  // 3.3 GiB are left beside the reserve, of 33 layers of 0.2 GiB.
  const free = 3.3 * GIB + 700 * 2 ** 20;
  assertEquals(layersThatFit(6.6 * GIB, 32, free), 16);
});

Deno.test("layersThatFit() takes none without a GPU", () => {
  assertEquals(layersThatFit(4 * GIB, 32, 0), 0);
});

Deno.test("layersToTry() takes a person's number as it is", () => {
  assertEquals(layersToTry(7, 33), [7]);
  assertEquals(layersToTry(0, 33), [0]);
});

Deno.test("layersToTry() goes down from the estimate to the CPU", () => {
  assertEquals(layersToTry(-1, 33), [33, 16, 0]);
  assertEquals(layersToTry(-1, 0), [0]);
});
