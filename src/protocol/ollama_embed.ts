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
