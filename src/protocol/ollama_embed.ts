/**
 * Ollama's embedding requests and answers.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** Reads `input`: a text or several; nothing is no text. */
export function readInputs(input: unknown): string[] {
  if (input === undefined || input === "") {
    return [];
  }
  if (typeof input === "string") {
    return [input];
  }
  const isTexts = Array.isArray(input) &&
    input.every((each) => typeof each === "string");
  if (!isTexts) {
    throw new ServerError("bad_request", "invalid input type");
  }
  return input;
}

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
