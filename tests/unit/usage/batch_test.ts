import { assertEquals } from "@std/assert";
import { Batch } from "../../../src/usage/batch.ts";

Deno.test("Batch hands over what has come together, and nothing twice", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const batches: (readonly number[])[] = [];
  const batch = new Batch<number>((numbers) => {
    batches.push(numbers);
    if (batches.length === 2) {
      resolve();
    }
  });
  batch.flush();
  batch.add(1);
  batch.add(2);
  batch.flush();
  batch.flush();
  batch.add(3);
  batch.add(4);
  const awake = setTimeout(() => {}, 60_000);
  await promise;
  clearTimeout(awake);
  assertEquals(batches, [[1, 2], [3, 4]]);
});
