/**
 * The engine's backend over `ffi/`.
 *
 * @module
 */

import {
  type Device,
  listDevices,
  LlamaContext,
  LlamaError,
  type LlamaLibrary,
  LlamaModel,
  LlamaSampler,
  openLibrary,
  TokenBatch,
} from "../../ffi/mod.ts";
import type { SamplingParams } from "../generation.ts";
import type { EngineInfo, EngineSpec } from "../messages.ts";
import type { Backend, BatchToken, DecodeResult, Sampler } from "./backend.ts";
import { layersThatFit } from "./gpu_layers.ts";

/** Bytes of one cached number, by cache type (ggml block sizes). */
const CACHE_BYTES = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const;

/** `llama_decode`: no place in the cache for the batch. */
const NO_SLOT = 1;

/** GPUs and what they have free. */
function gpusOf(library: LlamaLibrary): Device[] {
  return listDevices(library)
    .filter(({ type }) => type === "gpu" || type === "igpu");
}

function freeBytes(gpus: readonly Device[]): number {
  return gpus.reduce((sum, gpu) => sum + gpu.freeBytes, 0);
}

/** Chooses tokens for one request. */
class LlamaBackendSampler implements Sampler {
  readonly #sampler: LlamaSampler;
  readonly #context: LlamaContext;

  constructor(context: LlamaContext, params: SamplingParams) {
    this.#context = context;
    const { repeatLastN, seed, ...rest } = params;
    this.#sampler = new LlamaSampler(context, {
      ...rest,
      penaltyTokens: repeatLastN < 0 ? context.sequenceLength : repeatLastN,
      seed: seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    });
  }

  sample(batchIndex: number, allowed?: Int32Array): number {
    if (allowed !== undefined) {
      forbidOthers(this.#context.logits(batchIndex), allowed);
    }
    return this.#sampler.sample(batchIndex);
  }

  accept(token: number): void {
    this.#sampler.accept(token);
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
  }
}

/** Makes every token impossible whose bit is not set, a word at a time. */
function forbidOthers(logits: Float32Array, allowed: Int32Array): void {
  for (let word = 0; word < allowed.length; word++) {
    const bits = allowed[word] ?? 0;
    const first = word * 32;
    if (bits === 0) {
      logits.fill(-Infinity, first, first + 32);
    } else if (bits !== -1) {
      const end = Math.min(first + 32, logits.length);
      for (let token = first; token < end; token++) {
        if (((bits >> (token - first)) & 1) === 0) {
          logits[token] = -Infinity;
        }
      }
    }
  }
  logits.fill(-Infinity, Math.min(allowed.length * 32, logits.length));
}

function normalize(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((each) => each / length);
}

/** Everything a backend owns, freed in reverse order. */
interface Parts {
  readonly library: LlamaLibrary;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly info: EngineInfo;
  readonly batchSize: number;
}

/** A model of libllama with its sequences. */
class LlamaBackend implements Backend {
  readonly info: EngineInfo;
  readonly canShift: boolean;
  readonly #parts: Parts;
  readonly #batch: TokenBatch;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.info = parts.info;
    this.#batch = new TokenBatch(parts.batchSize);
    this.canShift = parts.context.canShift;
  }

  tokenize(text: string, addSpecial: boolean): number[] {
    return this.#parts.model.vocab.tokenize(text, addSpecial);
  }

  piece(token: number): Uint8Array {
    return this.#parts.model.vocab.piece(token);
  }

  isEndOfGeneration(token: number): boolean {
    return this.#parts.model.vocab.isEndOfGeneration(token);
  }

  createSampler(params: SamplingParams): Sampler {
    return new LlamaBackendSampler(this.#parts.context, params);
  }

  decode(tokens: readonly BatchToken[]): DecodeResult {
    this.#batch.clear();
    for (const { token, position, sequence, output } of tokens) {
      this.#batch.add(token, position, sequence, output);
    }
    const result = this.#parts.context.decode(this.#batch);
    if (result === NO_SLOT) {
      return "no_room";
    }
    if (result !== 0) {
      throw new LlamaError(`Cannot decode: libllama answered ${result}`);
    }
    return "ok";
  }

  embed(inputs: readonly (readonly number[])[]): Float32Array[] {
    const { context, model } = this.#parts;
    context.clear();
    this.#batch.clear();
    const lastIndex: number[] = [];
    inputs.forEach((tokens, sequence) => {
      tokens.forEach((token, position) =>
        this.#batch.add(token, position, sequence, true)
      );
      lastIndex.push(this.#batch.length - 1);
    });
    const result = model.encoderOnly
      ? context.encode(this.#batch)
      : context.decode(this.#batch);
    if (result !== 0) {
      throw new LlamaError(`Cannot embed: libllama answered ${result}`);
    }
    return lastIndex.map((index, sequence) =>
      normalize(
        context.pools
          ? context.sequenceEmbedding(sequence)
          : context.tokenEmbedding(index),
      )
    );
  }

  truncateSequence(sequence: number, from: number): boolean {
    return this.#parts.context.remove(sequence, from, -1);
  }

  copyPrefix(from: number, to: number, length: number): boolean {
    if (!this.canShift) {
      return false;
    }
    this.#parts.context.copy(from, to, 0, length);
    return true;
  }

  discardMiddle(sequence: number, from: number, count: number): void {
    const { context } = this.#parts;
    context.remove(sequence, from, from + count);
    context.shift(sequence, from + count, -count);
  }

  setThreads(count: number): void {
    this.#parts.context.setThreads(count);
  }

  [Symbol.dispose](): void {
    this.#parts.context[Symbol.dispose]();
    this.#parts.model[Symbol.dispose]();
    this.#parts.library[Symbol.dispose]();
  }
}

/** Layers to put on GPUs: as asked, or as many as fit. */
function gpuLayers(
  spec: EngineSpec,
  library: LlamaLibrary,
  fileBytes: number,
  layers: number,
): number {
  if (library.flavour === "cpu") {
    return 0;
  }
  return spec.gpuLayers >= 0
    ? spec.gpuLayers
    : layersThatFit(fileBytes, layers, freeBytes(gpusOf(library)));
}

function loadModel(spec: EngineSpec, library: LlamaLibrary): {
  model: LlamaModel;
  layers: number;
} {
  const { size } = Deno.statSync(spec.modelPath);
  const wished = gpuLayers(spec, library, size, spec.layers);
  const model = LlamaModel.load(library, {
    path: spec.modelPath,
    gpuLayers: wished,
    mainGpu: spec.mainGpu,
    ...(spec.useMmap === undefined ? {} : { useMmap: spec.useMmap }),
  });
  return { model, layers: Math.min(wished, model.layers + 1) };
}

function createContext(spec: EngineSpec, model: LlamaModel): LlamaContext {
  const { parallel, contextLength, embedding } = spec;
  const context = LlamaContext.create(model, {
    cells: contextLength * (embedding ? 1 : parallel),
    sequences: parallel,
    batchSize: embedding ? contextLength : spec.batchSize,
    threads: spec.threads,
    embeddings: embedding,
    unified: true,
    flashAttention: spec.flashAttention,
    cacheType: spec.kvCacheType,
  });
  if (spec.adapterPaths.length > 0) {
    const adapters = spec.adapterPaths.map((path) => model.loadAdapter(path));
    context.setAdapters(adapters);
  }
  return context;
}

/**
 * Loads a model as the spec says. Throws a `LlamaError`; a file that libllama
 * aborts on ends the process.
 */
export async function createLlamaBackend(
  spec: EngineSpec,
  libraryFolder = Deno.env.get("TALLY_LLAMA_LIB") ?? "",
): Promise<Backend> {
  const library = await openLibrary({
    flavour: spec.flavour,
    folder: libraryFolder,
  });
  if (library.reason !== undefined) {
    console.error(`using ${library.flavour}: ${library.reason}`);
  }
  const before = freeBytes(gpusOf(library));
  const { model, layers } = loadModel(spec, library);
  const context = createContext(spec, model);
  const cells = spec.contextLength * spec.parallel;
  const cacheBytes = spec.embedding
    ? 0
    : cells * model.cacheValuesPerToken * CACHE_BYTES[spec.kvCacheType];
  const info: EngineInfo = {
    libraryVersion: library.version,
    flavour: library.flavour,
    contextLength: spec.contextLength,
    parallel: spec.parallel,
    embeddingLength: model.embeddingLength,
    vocabularySize: model.vocab.size,
    bosText: model.vocab.bosText,
    eosText: model.vocab.eosText,
    sizeBytes: model.sizeBytes + cacheBytes,
    gpuBytes: Math.max(0, before - freeBytes(gpusOf(library))),
    gpuLayers: layers,
  };
  const batchSize = spec.embedding ? spec.contextLength : spec.batchSize;
  return new LlamaBackend({ library, model, context, info, batchSize });
}
