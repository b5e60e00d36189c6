/**
 * Vectors on the wire.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { ServerError } from "../errors.ts";

/**
 * The first `dimensions` numbers of a vector, brought back to length 1; 0
 * keeps them all as they are. Throws when the model computed no numbers.
 */
export function toEmbedding(
  vector: Float32Array,
  dimensions: number,
): number[] {
  if (!vector.every(Number.isFinite)) {
    throw new ServerError(
      "internal",
      "embedding contains NaN or Inf values",
    );
  }
  if (dimensions <= 0 || dimensions >= vector.length) {
    return Array.from(vector);
  }
  const part = Array.from(vector.subarray(0, dimensions));
  const norm = Math.max(Math.hypot(...part), 1e-12);
  return part.map((value) => value / norm);
}

/** Numbers as 32-bit floats, little endian, in Base64. */
export function floatsToBase64(numbers: readonly number[]): string {
  return Buffer.from(Float32Array.from(numbers).buffer).toString("base64");
}
