/**
 * A model's vocabulary: text to tokens and back.
 *
 * @module
 */

import { LlamaError } from "./errors.ts";
import type { LlamaLibrary } from "./library.ts";

/** Longest token looked for at first, bytes. */
const USUAL_PIECE = 128;

/** `LLAMA_TOKEN_NULL` */
const NO_TOKEN = -1;

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Belongs to its model and lives as long. */
export class LlamaVocab {
  /** Tokens there are. */
  readonly size: number;
  /** Whether the model wants a BOS token at the beginning. */
  readonly addsBos: boolean;
  /** Text of the BOS token, "" when there is none. */
  readonly bosText: string;
  /** Text of the EOS token, "" when there is none. */
  readonly eosText: string;
  readonly #llama: LlamaLibrary["llama"];
  readonly #handle: Deno.PointerValue;
  #ends: readonly number[] | undefined;
  readonly #pieces: (Uint8Array | undefined)[];
  /** The same with control tokens spelled out. */
  readonly #controlPieces: (Uint8Array | undefined)[];
  readonly #buffer = new Uint8Array(USUAL_PIECE);

  constructor(library: LlamaLibrary, handle: Deno.PointerValue) {
    this.#llama = library.llama;
    this.#handle = handle;
    this.size = library.llama.llama_vocab_n_tokens(handle);
    this.addsBos = library.llama.llama_vocab_get_add_bos(handle);
    this.#pieces = new Array(this.size);
    this.#controlPieces = new Array(this.size);
    this.bosText = this.#specialText(library.llama.llama_vocab_bos(handle));
    this.eosText = this.#specialText(library.llama.llama_vocab_eos(handle));
  }

  /**
   * Tokens that the model wants before, between and after two texts; none
   * where it wants none. As `format_prompt_rerank` of llama-server.
   */
  pairMarks() {
    const llama = this.#llama;
    const sep = llama.llama_vocab_sep(this.#handle);
    const eos = llama.llama_vocab_eos(this.#handle);
    const marks = (wanted: boolean, token: number) =>
      wanted && token !== NO_TOKEN ? [token] : [];
    const after = marks(
      llama.llama_vocab_get_add_eos(this.#handle),
      eos === NO_TOKEN ? sep : eos,
    );
    const separator = marks(llama.llama_vocab_get_add_sep(this.#handle), sep);
    return {
      before: marks(this.addsBos, llama.llama_vocab_bos(this.#handle)),
      between: [...after, ...separator],
      after,
    };
  }

  /**
   * Tokens of a text; those that it spells are special ones, unless
   * `parseSpecial` is false. With `addSpecial` the tokens the model wants
   * around it are added, but a BOS that the text already begins with is not
   * doubled.
   */
  tokenize(text: string, addSpecial: boolean, parseSpecial = true): number[] {
    const { addsBos, bosText } = this;
    const doubled = addSpecial && addsBos && bosText !== "" &&
      text.startsWith(bosText);
    const bytes = encoder.encode(
      doubled ? text.slice(bosText.length) : text,
    );
    let tokens = new Int32Array(bytes.length + 8);
    let count = this.#tokenize(bytes, tokens, addSpecial, parseSpecial);
    if (count < 0) {
      tokens = new Int32Array(-count);
      count = this.#tokenize(bytes, tokens, addSpecial, parseSpecial);
    }
    if (count < 0) {
      throw new LlamaError(`Cannot tokenize ${bytes.length} bytes`);
    }
    return Array.from(tokens.subarray(0, count));
  }

  /**
   * Bytes of a token as text. None for what ends an answer, and for control
   * tokens unless `control` asks for them; tokens that only look like those
   * are text.
   */
  piece(token: number, control = false): Uint8Array {
    const pieces = control ? this.#controlPieces : this.#pieces;
    return pieces[token] ??= this.isEndOfGeneration(token)
      ? NOTHING
      : this.#bytesOf(token, control);
  }

  /** Bytes of a token as it stands in a prompt, control tokens included. */
  written(token: number): Uint8Array {
    return this.#bytesOf(token, true);
  }

  /** Whether the token ends an answer. */
  isEndOfGeneration(token: number): boolean {
    return this.#llama.llama_vocab_is_eog(this.#handle, token);
  }

  /** Every token that ends an answer. */
  get ends(): readonly number[] {
    return this.#ends ??= Array.from({ length: this.size }, (_, token) => token)
      .filter((token) => this.isEndOfGeneration(token));
  }

  /** Tokens the model must never choose (`tokenizer.ggml.suppress_tokens`). */
  suppressed(): number[] {
    const count = new Int32Array(1);
    const pointer = this.#llama.llama_vocab_get_suppress_tokens(
      this.#handle,
      count,
    );
    const length = count[0] ?? 0;
    return pointer === null || length === 0 ? [] : Array.from(
      new Int32Array(
        Deno.UnsafePointerView.getArrayBuffer(pointer, length * 4),
      ),
    );
  }

  #tokenize(
    bytes: Uint8Array<ArrayBuffer>,
    tokens: Int32Array<ArrayBuffer>,
    addSpecial: boolean,
    parseSpecial: boolean,
  ): number {
    return this.#llama.llama_tokenize(
      this.#handle,
      bytes,
      bytes.length,
      tokens,
      tokens.length,
      addSpecial,
      parseSpecial,
    );
  }

  #specialText(token: number): string {
    return token === NO_TOKEN ? "" : decoder.decode(this.#bytesOf(token, true));
  }

  /** `special`: control tokens too. */
  #bytesOf(token: number, special: boolean): Uint8Array {
    let buffer = this.#buffer;
    let length = this.#tokenToPiece(token, special, buffer);
    if (length < 0) {
      buffer = new Uint8Array(-length);
      length = this.#tokenToPiece(token, special, buffer);
    }
    return buffer.slice(0, Math.max(length, 0));
  }

  #tokenToPiece(
    token: number,
    special: boolean,
    buffer: Uint8Array<ArrayBuffer>,
  ): number {
    return this.#llama.llama_token_to_piece(
      this.#handle,
      token,
      buffer,
      buffer.length,
      0,
      special,
    );
  }
}
