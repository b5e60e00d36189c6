import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { floatsToBase64, toEmbedding } from "../../../src/protocol/vector.ts";

Deno.test("toEmbedding() keeps the vector unless fewer dimensions are asked", () => {
  const vector = Float32Array.of(0.5, 0.25, 0.125);
  for (const dimensions of [0, -1, 3, 9]) {
    assertEquals(toEmbedding(vector, dimensions), [0.5, 0.25, 0.125]);
  }
});

Deno.test("toEmbedding() brings a cut vector back to length 1", () => {
  const cut = toEmbedding(Float32Array.of(3, 4, 12), 2);
  assert(Math.abs(cut[0]! - 0.6) < 1e-9 && Math.abs(cut[1]! - 0.8) < 1e-9);
});

Deno.test("toEmbedding() refuses numbers that are none", () => {
  const error = assertThrows(
    () => toEmbedding(Float32Array.of(1, NaN), 0),
    ServerError,
  );
  assertEquals(error.message, "embedding contains NaN or Inf values");
  assertEquals(error.status, 500);
});

Deno.test("floatsToBase64() writes 32-bit floats, little endian", () => {
  assertEquals(floatsToBase64([1, -2]), "AACAPwAAAMA=");
});
