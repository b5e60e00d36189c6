/**
 * What the engine needs of a native library, and no more: implemented over
 * `ffi/` by `llama_backend.ts` and by the tests' fake.
 *
 * @module
 */

import type { SamplingParams } from "../generation.ts";
import type { EngineInfo } from "../messages.ts";

/** A token to evaluate in the next decode. */
export interface BatchToken {
  readonly token: number;
  /** Place in its sequence, from 0. */
  readonly position: number;
  readonly sequence: number;
  /** Logits are wanted after this token. */
  readonly output: boolean;
}

/** Chooses tokens for one request and remembers them for its penalties. */
export interface Sampler extends Disposable {
  /**
   * Token for the output at `batchIndex` of the last decode, accepted. With
   * `allowed`, one whose bit is set: bit `t % 32` of word `t / 32`.
   */
  sample(batchIndex: number, allowed?: Int32Array): number;
  /** Makes a prompt token count for penalties. */
  accept(token: number): void;
}

/** Tokens a model wants around a question and a passage to be scored. */
export interface PairMarks {
  readonly before: readonly number[];
  readonly between: readonly number[];
  readonly after: readonly number[];
}

/** One model with its sequences. Not safe for concurrent use. */
export interface Backend extends Disposable {
  readonly info: EngineInfo;
  readonly pairMarks: PairMarks;
  /** Text to tokens; special tokens are parsed unless `parseSpecial` is false. */
  tokenize(text: string, addSpecial: boolean, parseSpecial?: boolean): number[];
  /**
   * Bytes of a token; none for what ends an answer, and for control tokens
   * unless `control` asks for them.
   */
  piece(token: number, control?: boolean): Uint8Array;
  /** Bytes of a token as it stands in a prompt, control tokens included. */
  written(token: number): Uint8Array;
  /** Whether a token ends the answer. */
  isEndOfGeneration(token: number): boolean;
  createSampler(params: SamplingParams): Sampler;
  /** Evaluates tokens; throws when the library reports an error. */
  decode(batch: readonly BatchToken[]): void;
  /** Logits of an output, to be read before the next call. */
  logits(batchIndex: number): Float32Array;
  /**
   * Evaluates whole inputs, one a sequence, and returns a vector for each, of
   * whatever length the model gives it.
   */
  embed(inputs: readonly (readonly number[])[]): Float32Array[];
  /** Forgets positions from `from` on. False when the memory cannot be cut. */
  truncateSequence(sequence: number, from: number): boolean;
  /** Copies positions before `length`. False when that is not possible. */
  copyPrefix(from: number, to: number, length: number): boolean;
  /** Prompt tokens that could be evaluated while a prefix is copied. */
  readonly copyTokens: number;
  /** Whether {@linkcode discardMiddle} works for this model. */
  readonly canShift: boolean;
  /** Forgets `count` positions from `from` on and moves the rest down. */
  discardMiddle(sequence: number, from: number, count: number): void;
  setThreads(count: number): void;
}
