/**
 * Finds the model a request names and checks that it can do what is asked.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { Capability, ResolvedModel } from "../models/model.ts";
import { fullName } from "../models/name.ts";
import type { ModelRegistry } from "./deps.ts";

/** What a route says of a model that is not there. Ollama's routes differ. */
export interface MissingWords {
  /** The request names no model. */
  readonly unnamed: ServerError;
  /** Text for a name that is not in the store. */
  readonly unknown: (name: string) => string;
}

/** `model 'x' not found`. */
export function notFound(name: string): string {
  return `model '${name}' not found`;
}

/** As embedding routes and the scheduler of Ollama say it. */
export function notFoundTryPulling(name: string): string {
  return `model ${JSON.stringify(name)} not found, try pulling it first`;
}

/** A request without a model, on generate and embed. */
export function unnamedNotFound(): ServerError {
  return new ServerError("not_found", notFound(""));
}

/** A request without a model, on the other routes. */
export function modelRequired(): ServerError {
  return new ServerError("bad_request", "model is required");
}

/** How clients of Ollama say that a model runs elsewhere, or just not. */
const CLOUD = /:(?:[^:/]*-)?cloud$/i;
const LOCAL = /:local$/i;

/** The name without `:local`, which says only where the model runs. */
export function withoutPlace(name: string): string {
  return name.replace(LOCAL, "");
}

function isNotFound(error: unknown): boolean {
  return error instanceof ServerError && error.kind === "not_found";
}

/** The name as it stands wins over its meaning as a choice of place. */
async function resolve(
  registry: ModelRegistry,
  name: string,
): Promise<ResolvedModel> {
  try {
    return await registry.resolve(name);
  } catch (error) {
    if (isNotFound(error) && LOCAL.test(name)) {
      return await registry.resolve(withoutPlace(name));
    }
    throw error;
  }
}

function checkPlace(name: string): void {
  const [local, cloud] = [withoutPlace(name), name.replace(CLOUD, "")];
  if (
    (local !== name && CLOUD.test(local)) ||
    (cloud !== name && LOCAL.test(cloud))
  ) {
    throw new ServerError(
      "bad_request",
      `use either :local or :cloud, not both: ${JSON.stringify(name)}`,
    );
  }
}

/** The model `name` stands for, or the route's words for its absence. */
export async function findModel(
  registry: ModelRegistry,
  name: string,
  words: MissingWords,
): Promise<ResolvedModel> {
  if (name.trim() === "") {
    throw words.unnamed;
  }
  checkPlace(name);
  try {
    return await resolve(registry, name);
  } catch (cause) {
    if (isNotFound(cause)) {
      const hint = CLOUD.test(name) ? ": this server runs no cloud models" : "";
      const text = words.unknown(name) + hint;
      throw new ServerError("not_found", text, {
        cause,
        code: "model_not_found",
      });
    }
    throw cause;
  }
}

function cannot(name: string, what: string): ServerError {
  return new ServerError(
    "bad_request",
    `${JSON.stringify(name)} does not support ${what}`,
  );
}

/** Fails unless the model answers prompts; `task` is generate or chat. */
export function requireCompletion(
  model: ResolvedModel,
  written: string,
  task: "generate" | "chat",
): void {
  if (!model.capabilities.includes("completion")) {
    throw cannot(written, task);
  }
}

/** Fails unless the model embeds. */
export function requireEmbedding(model: ResolvedModel, written: string): void {
  if (!model.capabilities.includes("embedding")) {
    throw cannot(written, "embeddings");
  }
}

/** Fails unless the model scores passages. */
export function requireRerank(model: ResolvedModel, written: string): void {
  if (!model.capabilities.includes("rerank")) {
    throw cannot(
      written,
      "reranking; that takes a reranker, a model with pooling type rank, " +
        "such as bge-reranker-v2-m3",
    );
  }
}

/** Fails unless the model can do all of `wanted`. */
export function requireCapabilities(
  model: ResolvedModel,
  wanted: readonly Capability[],
): void {
  const missing = wanted.filter((each) => !model.capabilities.includes(each));
  if (missing.length > 0) {
    throw new ServerError(
      "bad_request",
      `${fullName(model.name)} does not support ${missing.join("\n")}`,
    );
  }
}

/**
 * Whether and how much the model shall think: a model that can does unless
 * told otherwise, one that cannot must not be asked to.
 */
export function decideThinking(
  model: ResolvedModel,
  written: string,
  think: boolean | string | undefined,
): boolean | string | undefined {
  if (model.capabilities.includes("thinking")) {
    return think ?? true;
  }
  if (think !== undefined && think !== false) {
    throw cannot(written, "thinking");
  }
  return undefined;
}
