/**
 * Reads the header of a GGUF file in large blocks, forward only
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 *
 * @module
 */

/** Bytes read at once; a header with a large vocabulary takes a few. */
const BLOCK_BYTES = 1 << 20;

/** What of a header is kept in memory. */
export interface KeptParts {
  /** Lists with more elements are skipped. */
  readonly elements: number;
  /** A file made to exhaust the server is refused beyond these. */
  readonly bytes: number;
}

/** Enough for a template and a few thousand tensors, without vocabularies. */
export const BRIEF: KeptParts = { elements: 64, bytes: 16 << 20 };

/** Vocabularies too; the largest take 100 MB. */
export const WHOLE: KeptParts = { elements: 1 << 24, bytes: 256 << 20 };

/** A header that cannot be read. */
export class GgufError extends Error {
  override readonly name = "GgufError";
}

/** Buffered reading with a position. */
export class GgufReader {
  readonly #file: Deno.FsFile;
  readonly #size: number;
  /** Which lists are worth keeping, and how much in all. */
  readonly kept: KeptParts;
  #block = new Uint8Array(0);
  #view = new DataView(this.#block.buffer);
  /** Where in the file the block begins. */
  #start = 0;
  #offset = 0;
  #keptBytes = 0;

  constructor(file: Deno.FsFile, size: number, kept: KeptParts = BRIEF) {
    this.#file = file;
    this.#size = size;
    this.kept = kept;
  }

  /** Bytes from the beginning of the file. */
  get position(): number {
    return this.#start + this.#offset;
  }

  u8(): number {
    const at = this.#take(1);
    return this.#view.getUint8(at);
  }

  i8(): number {
    const at = this.#take(1);
    return this.#view.getInt8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return this.#view.getUint16(at, true);
  }

  i16(): number {
    const at = this.#take(2);
    return this.#view.getInt16(at, true);
  }

  u32(): number {
    const at = this.#take(4);
    return this.#view.getUint32(at, true);
  }

  i32(): number {
    const at = this.#take(4);
    return this.#view.getInt32(at, true);
  }

  /** With the digits a 32-bit number has: 0.1, not 0.10000000149011612. */
  f32(): number {
    const value = this.#view.getFloat32(this.#take(4), true);
    const shorter = [7, 8, 9].map((digits) =>
      Number(value.toPrecision(digits))
    );
    return shorter.find((each) => Math.fround(each) === value) ?? value;
  }

  f64(): number {
    const at = this.#take(8);
    return this.#view.getFloat64(at, true);
  }

  /** A 64-bit number; too large ones lose their last digits. */
  u64(): number {
    const at = this.#take(8);
    return Number(this.#view.getBigUint64(at, true));
  }

  i64(): number {
    const at = this.#take(8);
    return Number(this.#view.getBigInt64(at, true));
  }

  /** A count of things that take at least `bytesEach` in the file. */
  count(bytesEach: number): number {
    const count = this.u64();
    if (count * bytesEach > this.#size - this.position) {
      throw new GgufError(`a count of ${count} runs past the end of the file`);
    }
    return count;
  }

  text(): string {
    const length = this.count(1);
    this.keep(length);
    const at = this.#take(length);
    return new TextDecoder().decode(this.#block.subarray(at, at + length));
  }

  /** Takes note of something that stays in memory, in bytes. */
  keep(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > this.kept.bytes) {
      throw new GgufError("its header is too large");
    }
  }

  skipText(): void {
    this.skip(this.count(1));
  }

  skip(bytes: number): void {
    if (bytes > this.#size - this.position) {
      throw new GgufError("the file ends too soon");
    }
    if (this.#offset + bytes <= this.#block.length) {
      this.#offset += bytes;
    } else {
      this.#start = this.position + bytes;
      this.#offset = 0;
      this.#setBlock(new Uint8Array(0));
    }
  }

  /** Makes `bytes` available; their place in the block. */
  #take(bytes: number): number {
    if (this.#offset + bytes > this.#block.length) {
      this.#fill(bytes);
    }
    const at = this.#offset;
    this.#offset += bytes;
    return at;
  }

  #fill(bytes: number): void {
    const from = this.position;
    if (bytes > this.#size - from) {
      throw new GgufError("the file ends too soon");
    }
    const length = Math.min(Math.max(bytes, BLOCK_BYTES), this.#size - from);
    const block = new Uint8Array(length);
    this.#file.seekSync(from, Deno.SeekMode.Start);
    let read = 0;
    while (read < length) {
      const count = this.#file.readSync(block.subarray(read));
      if (count === null) {
        throw new GgufError("the file ends too soon");
      }
      read += count;
    }
    this.#start = from;
    this.#offset = 0;
    this.#setBlock(block);
  }

  #setBlock(block: Uint8Array<ArrayBuffer>): void {
    this.#block = block;
    this.#view = new DataView(block.buffer);
  }
}
