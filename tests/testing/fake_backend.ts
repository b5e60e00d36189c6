/**
 * A backend without a model: bytes are tokens, the next token is a function of
 * what the cache holds, and whoever breaks a rule of the cache is thrown at.
 *
 * @module
 */

import type { Backend, BatchToken, Sampler } from "../../src/engine/backend.ts";
import type { SamplingParams } from "../../src/generation.ts";
import type { EngineInfo } from "../../src/messages.ts";

/** First token of a text. */
export const BOS = 256;
/** Ends an answer. */
export const END = 257;
/** A special token that texts may spell. */
export const TURN = 258;
/** How texts spell {@linkcode TURN}. */
export const TURN_TEXT = "<|turn|>";

const VOCABULARY_SIZE = 259;

/** Only after a question mark do answers end. */
const QUESTION_MARK = 63;

/** What answers are made of: a letter of two bytes is among them. */
const LETTERS = [..."etaoin shrdlu"].map((each) => each.charCodeAt(0));
const FIRST_BYTE = 0xc3;
const SECOND_BYTE = 0xa9;

/** What a test may choose. */
export interface FakeBackendOptions {
  /** Defaults to 64. */
  readonly contextLength?: number;
  /** Defaults to 4. */
  readonly parallel?: number;
  /** Defaults to 32. */
  readonly batchSize?: number;
  readonly canTruncate?: boolean;
  readonly canCopy?: boolean;
  readonly canShift?: boolean;
}

/** FNV-1a over tokens. */
function hash(tokens: Iterable<number>, seed: number): number {
  let state = 0x811c9dc5 ^ seed;
  for (const token of tokens) {
    state = Math.imul(state ^ token, 0x01000193);
  }
  state ^= state >>> 15;
  return Math.imul(state, 0x85ebca6b) >>> 0;
}

function nextToken(tokens: readonly number[], seed: number): number {
  if (tokens.at(-1) === FIRST_BYTE) {
    return SECOND_BYTE;
  }
  const state = hash(tokens, seed);
  if (state % 16 === 0 && tokens.includes(QUESTION_MARK)) {
    return END;
  }
  if (state % 16 === 1) {
    return FIRST_BYTE;
  }
  return LETTERS[(state >>> 8) % LETTERS.length] ?? 0;
}

function isAllowed(mask: Int32Array, token: number): boolean {
  return ((mask[token >>> 5] ?? 0) >>> (token & 31) & 1) === 1;
}

class FakeSampler implements Sampler {
  readonly #backend: FakeBackend;
  readonly #seed: number;
  #disposed = false;

  constructor(backend: FakeBackend, params: SamplingParams) {
    this.#backend = backend;
    this.#seed = params.temperature === 0 ? 0 : params.seed ?? 1;
    backend.samplers.add(this);
  }

  sample(batchIndex: number, allowed?: Int32Array): number {
    this.#alive();
    let token = nextToken(this.#backend.output(batchIndex), this.#seed);
    if (allowed !== undefined) {
      const some = allowed.some((word) => word !== 0);
      this.#backend.check(some, "something is allowed");
      while (!isAllowed(allowed, token)) {
        token = (token + 1) % VOCABULARY_SIZE;
      }
    }
    return token;
  }

  accept(token: number): void {
    this.#alive();
    this.#backend.accepted.push(token);
  }

  [Symbol.dispose](): void {
    this.#alive();
    this.#disposed = true;
    this.#backend.samplers.delete(this);
  }

  #alive(): void {
    this.#backend.check(!this.#disposed, "no use after disposal");
  }
}

/** See the module's description. */
export class FakeBackend implements Backend {
  readonly info: EngineInfo;
  readonly canShift: boolean;
  /** Samplers that have not been disposed of. */
  readonly samplers = new Set<Sampler>();
  /** Prompt tokens that samplers were told of. */
  readonly accepted: number[] = [];
  /** Rules that were broken; tests fail when there are any. */
  readonly brokenRules: string[] = [];
  readonly pairMarks = { before: [BOS], between: [END, TURN], after: [END] };
  copyTokens = 0;
  threads = 0;
  /** Called with each batch; throws to make the decode fail half way. */
  beforeDecode: (batch: readonly BatchToken[]) => void = () => {};
  /** What an input's vector is made of; to be replaced by worse. */
  vector = (tokens: readonly number[]): number[] => [1, hash(tokens, 0) % 997];
  readonly #options: Required<FakeBackendOptions>;
  readonly #sequences: number[][];
  #outputs = new Map<number, readonly number[]>();

  constructor(options: FakeBackendOptions = {}) {
    const { contextLength = 64, parallel = 4 } = options;
    this.#options = {
      contextLength,
      parallel,
      batchSize: 32,
      canTruncate: true,
      canCopy: true,
      canShift: true,
      ...options,
    };
    this.canShift = this.#options.canShift;
    this.#sequences = Array.from({ length: parallel }, () => []);
    this.info = {
      libraryVersion: "fake",
      flavour: "cpu",
      contextLength,
      parallel,
      embeddingLength: 2,
      vocabularySize: VOCABULARY_SIZE,
      bosText: "",
      eosText: "",
      sizeBytes: 0,
      gpuBytes: 0,
      gpuLayers: 0,
    };
  }

  /** Fails, and remembers it, since engines live on after failures. */
  check(condition: boolean, rule: string): asserts condition {
    if (!condition) {
      this.brokenRules.push(rule);
      throw new Error(`broken rule of the cache: ${rule}`);
    }
  }

  /** What a sequence holds. */
  held(sequence: number): number[] {
    return [...this.#cells(sequence)];
  }

  /** Tokens before and at an output of the last decode. */
  output(batchIndex: number): readonly number[] {
    const tokens = this.#outputs.get(batchIndex);
    this.check(tokens !== undefined, `there is no output at ${batchIndex}`);
    return tokens;
  }

  tokenize(text: string, addSpecial: boolean, parseSpecial = true): number[] {
    const tokens = addSpecial ? [BOS] : [];
    const parts = parseSpecial ? text.split(TURN_TEXT) : [text];
    parts.forEach((part, index) => {
      if (index > 0) {
        tokens.push(TURN);
      }
      tokens.push(...new TextEncoder().encode(part));
    });
    return tokens;
  }

  piece(token: number, control = false): Uint8Array {
    return token < 256
      ? Uint8Array.of(token)
      : new TextEncoder().encode(control && token === TURN ? TURN_TEXT : "");
  }

  written(token: number): Uint8Array {
    return this.piece(token, true);
  }

  /** The greedy choice is likeliest, the others the less the further off. */
  logits(batchIndex: number): Float32Array {
    const likeliest = nextToken(this.output(batchIndex), 0);
    return Float32Array.from(
      { length: VOCABULARY_SIZE },
      (_, token) => -Math.abs(token - likeliest),
    );
  }

  isEndOfGeneration(token: number): boolean {
    return token === END;
  }

  createSampler(params: SamplingParams): Sampler {
    return new FakeSampler(this, params);
  }

  decode(batch: readonly BatchToken[]): void {
    const { batchSize, parallel } = this.#options;
    this.check(batch.length > 0, "a batch has tokens");
    this.check(batch.length <= batchSize, "a batch has its size");
    const outputs = batch.filter((each) => each.output).length;
    this.check(outputs <= parallel, "one output a sequence");
    this.#outputs = new Map();
    const fatal = this.#failure(batch);
    const fitting = fatal === undefined ? batch.length : batch.length >> 1;
    batch.slice(0, fitting).forEach((each, index) => this.#put(each, index));
    if (fatal !== undefined) {
      throw fatal;
    }
  }

  embed(inputs: readonly (readonly number[])[]): Float32Array[] {
    const { contextLength, parallel } = this.#options;
    const tokens = inputs.reduce((sum, input) => sum + input.length, 0);
    this.check(inputs.length <= parallel, "one input a sequence");
    this.check(tokens <= contextLength, "inputs fit the context");
    return inputs.map((input) => Float32Array.from(this.vector(input)));
  }

  truncateSequence(sequence: number, from: number): boolean {
    const cells = this.#cells(sequence);
    if (from > 0 && from < cells.length && !this.#options.canTruncate) {
      return false;
    }
    cells.length = Math.min(from, cells.length);
    return true;
  }

  copyPrefix(from: number, to: number, length: number): boolean {
    if (!this.#options.canCopy) {
      return false;
    }
    const source = this.#cells(from);
    this.check(from !== to, "a copy has two sequences");
    this.check(
      this.#cells(to).length === 0,
      "a copy goes to an empty sequence",
    );
    this.check(length <= source.length, "only what is held can be copied");
    this.#sequences[to] = source.slice(0, length);
    return true;
  }

  discardMiddle(sequence: number, from: number, count: number): void {
    this.check(this.canShift, "this cache cannot shift");
    const cells = this.#cells(sequence);
    this.check(
      from + count <= cells.length,
      "only what is held can be discarded",
    );
    cells.splice(from, count);
  }

  setThreads(count: number): void {
    this.threads = count;
  }

  [Symbol.dispose](): void {}

  #cells(sequence: number): number[] {
    const cells = this.#sequences[sequence];
    this.check(cells !== undefined, `there is no sequence ${sequence}`);
    return cells;
  }

  #failure(batch: readonly BatchToken[]): unknown {
    try {
      this.beforeDecode(batch);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #put({ token, position, sequence, output }: BatchToken, index: number): void {
    const cells = this.#cells(sequence);
    this.check(Number.isInteger(token), "a token is a number");
    this.check(position === cells.length, "positions are consecutive");
    this.check(
      position < this.#options.contextLength,
      "a sequence has its length",
    );
    cells.push(token);
    if (output) {
      this.#outputs.set(index, this.held(sequence));
    }
  }
}
