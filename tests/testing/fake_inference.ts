/**
 * An inference service that does what a test tells it and remembers what it
 * was asked.
 *
 * @module
 */

import type { ServerError } from "../../src/errors.ts";
import type { InferenceService } from "../../src/http/deps.ts";
import type { ResolvedModel } from "../../src/models/model.ts";
import type { Work } from "../../src/runtime/generation_request.ts";
import type {
  EmbeddingRequest,
  Embeddings,
  GenerationRequest,
} from "../../src/runtime/inference.ts";

type Generated = ReturnType<InferenceService["generate"]>;
type Loaded = ReturnType<InferenceService["loaded"]>;

/** How the fake generates. */
export type Script = (
  request: GenerationRequest,
  signal: AbortSignal,
) => Generated;

/** Says "Hello", in two pieces. */
export async function* hello(): Generated {
  yield { type: "started", loadNs: 7_000, prompt: { cached: 2, computed: 9 } };
  yield { type: "text", text: "Hel" };
  yield { type: "text", text: "lo" };
  yield await Promise.resolve({
    type: "done",
    reason: "stop",
    counts: { cached: 2, computed: 9, generated: 3 },
    reasoningTokens: 0,
    timings: { promptNs: 1_000, decodeNs: 2_000 },
    context: [1, 2, 3],
  });
}

/** Fails after some text, or at once. */
export function failing(error: ServerError, text?: string): Script {
  return async function* () {
    yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
    if (text !== undefined) {
      yield { type: "text", text };
    }
    await Promise.resolve();
    throw error;
  };
}

/** See the module's description. */
export class FakeInference implements InferenceService {
  script: Script = hello;
  readonly generations: GenerationRequest[] = [];
  readonly embeddings: EmbeddingRequest[] = [];
  /** Vector of the input at an index. */
  vector = (_index: number): number[] => [0.6, 0.8, 0];
  /** Names of models that were loaded by a request without a prompt. */
  readonly loads: { name: string; keepAliveMs: number | undefined }[] = [];
  readonly unloads: string[] = [];
  inMemory: Loaded = [];
  queueLength = 0;
  /** Thrown by embed and load. */
  failure: ServerError | undefined;

  generate(request: GenerationRequest, signal: AbortSignal): Generated {
    this.generations.push(request);
    return this.script(request, signal);
  }

  render(request: GenerationRequest): Promise<string> {
    this.generations.push(request);
    return this.#result("the rendered prompt");
  }

  count(request: GenerationRequest): Promise<number> {
    this.generations.push(request);
    return this.#result(11);
  }

  /** One a character. */
  tokenize(_work: unknown, text: string, addSpecial: boolean) {
    const tokens = [...text].map((each) => each.codePointAt(0) ?? 0);
    return this.#result(addSpecial ? [1, ...tokens] : tokens);
  }

  /** One a byte. */
  detokenize(_work: unknown, tokens: readonly number[]) {
    return this.#result(tokens.map((token) => [token]));
  }

  embed(request: EmbeddingRequest): Promise<Embeddings> {
    this.embeddings.push(request);
    return this.#result({
      vectors: request.inputs.map((_, index) =>
        Float32Array.from(this.vector(index))
      ),
      counts: { cached: 0, computed: 4, generated: 0 },
      timings: { promptNs: 1_000, decodeNs: 0 },
      loadNs: 7_000,
    });
  }

  load({ model, keepAliveMs }: Work): Promise<{ loadNs: number }> {
    this.loads.push({ name: model.shortName, keepAliveMs });
    return this.#result({ loadNs: 7_000 });
  }

  unload(model: ResolvedModel): Promise<void> {
    this.unloads.push(model.shortName);
    return Promise.resolve();
  }

  loaded(): Loaded {
    return this.inMemory;
  }

  #result<T>(value: T): Promise<T> {
    return this.failure === undefined
      ? Promise.resolve(value)
      : Promise.reject(this.failure);
  }
}
