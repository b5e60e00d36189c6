/**
 * `info` of `POST /api/create`: what lists shall tell of the model instead of
 * what its file says.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { ModelConfig } from "./manifest.ts";

type Info = Readonly<Record<string, unknown>>;

function refuse(key: string, must: string): never {
  throw new ServerError(
    "bad_request",
    `info field ${JSON.stringify(key)} must be a ${must}`,
  );
}

function textOf(info: Info, key: string): string {
  const value = info[key] ?? "";
  return typeof value === "string" ? value : refuse(key, "string");
}

function countOf(info: Info, key: string): number {
  const value = info[key] ?? 0;
  if (typeof value !== "number") {
    refuse(key, "number");
  }
  return Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse(key, "non-negative integer");
}

function namesOf(info: Info, key: string): string[] {
  const value = info[key];
  return Array.isArray(value)
    ? value.filter((each) => typeof each === "string")
    : [];
}

/** The facts that `info` states. Throws `bad_request` for wrong types. */
export function statedFacts(info: Info = {}): Partial<ModelConfig> {
  const facts = {
    model_family: textOf(info, "model_family"),
    model_type: textOf(info, "parameter_size"),
    file_type: textOf(info, "quantization_level"),
    base_name: textOf(info, "base_name"),
    context_length: countOf(info, "context_length"),
    embedding_length: countOf(info, "embedding_length"),
    capabilities: namesOf(info, "capabilities"),
  };
  const stated = Object.entries(facts).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : Boolean(value)
  );
  return Object.fromEntries(stated);
}
