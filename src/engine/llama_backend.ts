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
import { ServerError } from "../errors.ts";
import type { SamplingParams } from "../generation.ts";
import { ENGINE_BYTES, type EngineInfo, type EngineSpec } from "../messages.ts";
import type { Backend, BatchToken, PairMarks, Sampler } from "./backend.ts";
import { cpuShare, layersThatFit, layersToTry } from "./gpu_layers.ts";
import { libraryOptions } from "./native_library.ts";
import { forbidOthers } from "./token_mask.ts";

/**
 * Prompt tokens evaluated while as many bytes as the weights have are copied:
 * 700 tokens and 8 GB a second with a model of 94 MB on two cores.
 */
const TOKENS_A_COPY = 8;

/** Chooses tokens for one request. */
class LlamaBackendSampler implements Sampler {
  readonly #sampler: LlamaSampler;
  readonly #context: LlamaContext;

  constructor(
    context: LlamaContext,
    params: SamplingParams,
    contextLength: number,
  ) {
    this.#context = context;
    const { repeatLastN, seed = -1, ...rest } = params;
    this.#sampler = LlamaSampler.create(context, {
      ...rest,
      penaltyTokens: repeatLastN < 0 ? contextLength : repeatLastN,
      // Of larger seeds the last 32 bits count, as with Ollama.
      seed: seed < 0 ? randomSeed() : seed >>> 0,
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

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** Where in a batch the last token of an input is. */
interface EndOfInput {
  readonly sequence: number;
  readonly index: number;
}

/** A loaded model and its context. */
interface Loaded {
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly gpuLayers: number;
}

/** A model of libllama with its sequences. */
class LlamaBackend implements Backend {
  readonly info: EngineInfo;
  readonly canShift: boolean;
  readonly copyTokens: number;
  readonly pairMarks: PairMarks;
  readonly #library: LlamaLibrary;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #batch: TokenBatch;
  readonly #canCopy: boolean;

  constructor(
    library: LlamaLibrary,
    { model, context }: Loaded,
    info: EngineInfo,
    spec: EngineSpec,
  ) {
    this.info = info;
    this.canShift = context.canShift;
    this.copyTokens = copyTokens(spec, model);
    this.pairMarks = model.vocab.pairMarks();
    this.#library = library;
    this.#model = model;
    this.#context = context;
    this.#batch = new TokenBatch(batchSize(spec));
    this.#canCopy = context.remembers && !model.recurrent;
  }

  tokenize(text: string, addSpecial: boolean, parseSpecial = true): number[] {
    return this.#model.vocab.tokenize(text, addSpecial, parseSpecial);
  }

  piece(token: number, control = false): Uint8Array {
    return this.#model.vocab.piece(token, control);
  }

  written(token: number): Uint8Array {
    return this.#model.vocab.written(token);
  }

  isEndOfGeneration(token: number): boolean {
    return this.#model.vocab.isEndOfGeneration(token);
  }

  createSampler(params: SamplingParams): Sampler {
    const { contextLength } = this.info;
    return new LlamaBackendSampler(this.#context, params, contextLength);
  }

  decode(tokens: readonly BatchToken[]): void {
    this.#batch.clear();
    let outputs = 0;
    for (const { token, position, sequence, output } of tokens) {
      this.#batch.add(token, position, sequence, output);
      outputs += output ? 1 : 0;
    }
    if (outputs > this.info.parallel) {
      // The library would abort: memory is reserved for one a sequence.
      throw new RangeError(`Cannot decode: ${outputs} outputs are too many`);
    }
    const result = this.#context.decode(this.#batch);
    if (result !== 0) {
      throw new LlamaError(`Cannot decode: libllama answered ${result}`);
    }
  }

  logits(batchIndex: number): Float32Array {
    return this.#context.logits(batchIndex);
  }

  embed(inputs: readonly (readonly number[])[]): Float32Array[] {
    this.#context.clear();
    const vectors: Float32Array[] = [];
    let ends: EndOfInput[] = [];
    const evaluate = () => {
      this.#evaluateInputs();
      for (const { sequence, index } of ends) {
        vectors[sequence] = this.#vector(sequence, index);
      }
      this.#batch.clear();
      ends = [];
    };
    this.#batch.clear();
    inputs.forEach((tokens, sequence) => {
      vectors[sequence] = new Float32Array(this.#context.outputLength);
      tokens.forEach((token, position) => {
        if (this.#batch.length === this.#batch.capacity) {
          evaluate();
        }
        this.#batch.add(token, position, sequence, true);
      });
      if (tokens.length > 0) {
        ends.push({ sequence, index: this.#batch.length - 1 });
      }
    });
    evaluate();
    return vectors;
  }

  truncateSequence(sequence: number, from: number): boolean {
    return this.#context.remove(sequence, from, -1);
  }

  copyPrefix(from: number, to: number, length: number): boolean {
    if (this.#canCopy) {
      this.#context.copy(from, to);
      this.#context.remove(to, length, -1);
    }
    return this.#canCopy;
  }

  discardMiddle(sequence: number, from: number, count: number): void {
    this.#context.remove(sequence, from, from + count);
    this.#context.shift(sequence, from + count, -count);
  }

  setThreads(count: number): void {
    this.#context.setThreads(count);
  }

  [Symbol.dispose](): void {
    this.#context[Symbol.dispose]();
    this.#model[Symbol.dispose]();
    this.#library[Symbol.dispose]();
  }

  #evaluateInputs(): void {
    if (this.#batch.length === 0) {
      return;
    }
    const encodes = this.#model.encoderOnly || !this.#context.remembers;
    const result = encodes
      ? this.#context.encode(this.#batch)
      : this.#context.decode(this.#batch);
    if (result !== 0) {
      throw new LlamaError(`Cannot embed: libllama answered ${result}`);
    }
  }

  #vector(sequence: number, index: number): Float32Array {
    return this.#context.pools
      ? this.#context.sequenceEmbedding(sequence)
      : this.#context.tokenEmbedding(index);
  }
}

function gpusOf(library: LlamaLibrary): Device[] {
  return listDevices(library)
    .filter(({ type }) => type === "gpu" || type === "igpu");
}

function freeBytes(library: LlamaLibrary): number {
  return gpusOf(library).reduce((sum, gpu) => sum + gpu.freeBytes, 0);
}

/** libllama wants room for as many tokens of every sequence, one at least. */
function wholeSequences(tokens: number, parallel: number): number {
  return Math.ceil(tokens / parallel) * parallel;
}

function batchSize(spec: EngineSpec): number {
  return wholeSequences(spec.batchSize, spec.parallel);
}

function createContext(spec: EngineSpec, model: LlamaModel): LlamaContext {
  const { parallel, contextLength, embedding } = spec;
  return LlamaContext.create(model, {
    cells: embedding
      ? wholeSequences(contextLength, parallel)
      : contextLength * parallel,
    sequences: parallel,
    batchSize: batchSize(spec),
    outputs: embedding ? batchSize(spec) : parallel,
    threads: spec.threads,
    embeddings: embedding,
    // Sequences that share one pool could share a prefix without a copy, but
    // each would attend over the cells of all: with seven idle conversations
    // of 1500 tokens that takes a quarter of the eighth's speed.
    unified: embedding,
    flashAttention: spec.flashAttention,
    cacheType: spec.kvCacheType,
  });
}

function loadWith(
  spec: EngineSpec,
  library: LlamaLibrary,
  gpuLayers: number,
  onProgress: (progress: number) => void,
): Loaded {
  using owned = new DisposableStack();
  const model = owned.use(LlamaModel.load(library, {
    path: spec.modelPath,
    gpuLayers,
    mainGpu: spec.mainGpu,
    onProgress,
    ...(spec.useMmap === undefined ? {} : { useMmap: spec.useMmap }),
  }));
  const adapters = spec.adapterPaths.map((path) => model.loadAdapter(path));
  const context = owned.use(createContext(spec, model));
  if (adapters.length > 0) {
    context.setAdapters(adapters);
  }
  owned.move();
  return {
    model,
    context,
    gpuLayers: Math.min(gpuLayers, model.layers + 1),
  };
}

/** Throws when the system's memory cannot hold what is not on GPUs. */
function checkMemory(
  spec: EngineSpec,
  modelBytes: number,
  availableBytes: number,
): void {
  const needed = modelBytes + spec.computeBytes + ENGINE_BYTES;
  if (needed > availableBytes) {
    throw new ServerError(
      "load_failed",
      `model requires more system memory (${gibibytes(needed)}) than is ` +
        `available (${gibibytes(availableBytes)})`,
    );
  }
}

/** Loads with as many layers on the GPUs as were asked for or will fit. */
function load(
  spec: EngineSpec,
  library: LlamaLibrary,
  onProgress: (progress: number) => void,
  availableBytes: number,
): Loaded {
  const bytes = Deno.statSync(spec.modelPath).size + spec.cacheBytes;
  const fitting = layersThatFit(bytes, spec.layers, freeBytes(library));
  const asked = library.flavour === "cpu" ? 0 : spec.gpuLayers;
  const [most = 0, ...fewer] = layersToTry(asked, fitting);
  checkMemory(spec, bytes * cpuShare(most, spec.layers), availableBytes);
  let failure: unknown;
  for (const layers of [most, ...fewer]) {
    try {
      return loadWith(spec, library, layers, onProgress);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function gibibytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 2 ** 30).toFixed(1)} GiB`;
}

/** Prompt tokens that could be evaluated while a sequence is copied. */
function copyTokens(spec: EngineSpec, model: LlamaModel): number {
  const copied = spec.cacheBytes / spec.parallel;
  return Math.ceil(TOKENS_A_COPY * copied / model.sizeBytes);
}

/** Calls back at every twentieth of the way, not at every tensor. */
function everyTwentieth(
  callback: (progress: number) => void,
): (progress: number) => void {
  let told = -1;
  return (progress) => {
    const step = Math.floor(progress * 20);
    if (step > told) {
      told = step;
      callback(progress);
    }
  };
}

/**
 * Loads a model as the spec says. Throws a `LlamaError`, or a `ServerError`
 * when memory will not suffice; a file that libllama aborts on ends the process.
 */
export async function createLlamaBackend(
  spec: EngineSpec,
  onProgress: (progress: number) => void = () => {},
  availableBytes = Infinity,
): Promise<Backend> {
  using owned = new DisposableStack();
  const library = owned.use(await openLibrary(libraryOptions(spec.flavour)));
  if (library.reason !== undefined) {
    console.error(`using ${library.flavour}: ${library.reason}`);
  }
  const freeBefore = freeBytes(library);
  const loaded = load(
    spec,
    library,
    everyTwentieth(onProgress),
    availableBytes,
  );
  owned.move();
  const { model, gpuLayers } = loaded;
  const { vocab } = model;
  const info: EngineInfo = {
    libraryVersion: library.version,
    flavour: library.flavour,
    contextLength: spec.contextLength,
    parallel: spec.parallel,
    embeddingLength: model.embeddingLength,
    vocabularySize: vocab.size,
    bosText: vocab.bosText,
    eosText: vocab.eosText,
    sizeBytes: model.sizeBytes + spec.cacheBytes + spec.computeBytes,
    gpuBytes: Math.max(0, freeBefore - freeBytes(library)),
    gpuLayers,
  };
  return new LlamaBackend(library, loaded, info, spec);
}
