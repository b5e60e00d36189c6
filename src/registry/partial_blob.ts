/**
 * A blob that is being downloaded, on disk: `sha256-<hex>-partial` and, for
 * each of its parts, `…-partial-<n>` with how far it has come. Both are
 * Ollama's, so that either program goes on where the other has stopped.
 *
 * @module
 */

import type { Layer } from "../models/manifest.ts";

/** A range of a blob; the first `completed` bytes of it are on disk. */
export interface Part {
  readonly index: number;
  readonly offset: number;
  readonly size: number;
  completed: number;
}

/** Sizes of parts, in bytes. */
export interface PartSizes {
  /** Parts a blob is cut into if their size allows it. */
  readonly wanted: number;
  readonly least: number;
  readonly most: number;
}

/** Ollama's sizes. */
export const PART_SIZES: PartSizes = {
  wanted: 16,
  least: 100_000_000,
  most: 1_000_000_000,
};

/** Cuts a blob into parts. */
function cut(blobSize: number, { wanted, least, most }: PartSizes): Part[] {
  const size = Math.min(Math.max(Math.floor(blobSize / wanted), least), most);
  return Array.from({ length: Math.ceil(blobSize / size) }, (_each, index) => ({
    index,
    offset: index * size,
    size: Math.min(size, blobSize - index * size),
    completed: 0,
  }));
}

/** Reads a part's file; undefined for what is none. */
async function readPart(path: string): Promise<Part | undefined> {
  try {
    const { N, Offset, Size, Completed } = JSON.parse(
      await Deno.readTextFile(path),
    );
    const numbers = [N, Offset, Size, Completed];
    return numbers.every((each) => Number.isSafeInteger(each) && each >= 0) &&
        Completed <= Size && Size > 0
      ? { index: N, offset: Offset, size: Size, completed: Completed }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}

/** Whether parts cover a blob without gap or overlap. */
function covers(parts: readonly Part[], blobSize: number): boolean {
  let end = 0;
  for (const [index, part] of parts.entries()) {
    if (part.index !== index || part.offset !== end) {
      return false;
    }
    end += part.size;
  }
  return end === blobSize;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += await file.write(bytes.subarray(written));
  }
}

/** The files of an unfinished blob. */
export class PartialBlob {
  readonly path: string;
  readonly #folder: string;
  readonly #size: number;
  #parts: readonly Part[] = [];

  /** `blobPath` is where the finished blob will be. */
  constructor(blobPath: string, { size }: Layer) {
    this.path = `${blobPath}-partial`;
    this.#folder = blobPath.slice(0, blobPath.lastIndexOf("/"));
    this.#size = size;
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** Bytes that need no download. */
  get completed(): number {
    return this.#parts.reduce((sum, part) => sum + part.completed, 0);
  }

  /** Goes on with what is on disk, or begins. */
  async open(sizes: PartSizes): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const found = await Promise.all((await this.#partPaths()).map(readPart));
    const parts = found.filter((part) => part !== undefined)
      .sort((a, b) => a.index - b.index);
    if (
      parts.length === found.length && covers(parts, this.#size) &&
      await this.#hasData(parts)
    ) {
      this.#parts = parts;
      return;
    }
    await this.remove();
    this.#parts = cut(this.#size, sizes);
    await Deno.writeFile(this.path, new Uint8Array());
    for (const part of this.#parts) {
      await this.save(part);
    }
  }

  /**
   * Appends to a part. Its file must be one of its own, positioned where the
   * part has come to.
   */
  async append(part: Part, file: Deno.FsFile, bytes: Uint8Array) {
    await writeAll(file, bytes);
    part.completed += bytes.length;
  }

  /** A file to append to a part. */
  async appender(part: Part): Promise<Deno.FsFile> {
    const file = await Deno.open(this.path, { write: true });
    await file.seek(part.offset + part.completed, Deno.SeekMode.Start);
    return file;
  }

  /** Remembers how far a part has come, should the program end now. */
  async save({ index, offset, size, completed }: Part): Promise<void> {
    const text = JSON.stringify({
      N: index,
      Offset: offset,
      Size: size,
      Completed: completed,
    });
    const bytes = new TextEncoder().encode(text + "\n");
    using file = await Deno.open(this.#partPath(index), {
      write: true,
      create: true,
    });
    // Never empty on the way: the text only grows, so nothing old shows.
    await writeAll(file, bytes);
    await file.truncate(bytes.length);
  }

  /** Puts the whole blob under its own name. */
  async finish(blobPath: string): Promise<void> {
    {
      using file = await Deno.open(this.path, { write: true });
      await file.syncData();
    }
    await Deno.rename(this.path, blobPath);
    await this.remove();
  }

  /** Removes every file of it. */
  async remove(): Promise<void> {
    for (const path of [this.path, ...await this.#partPaths()]) {
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) {
          throw error;
        }
      });
    }
  }

  #partPath(index: number): string {
    return `${this.path}-${index}`;
  }

  async #partPaths(): Promise<string[]> {
    const paths: string[] = [];
    for await (const { name } of Deno.readDir(this.#folder)) {
      const path = `${this.#folder}/${name}`;
      if (path.startsWith(`${this.path}-`)) {
        paths.push(path);
      }
    }
    return paths;
  }

  /** Whether the data file is there as far as the parts say. */
  async #hasData(parts: readonly Part[]): Promise<boolean> {
    const end = Math.max(
      0,
      ...parts.filter((part) => part.completed > 0)
        .map((part) => part.offset + part.completed),
    );
    try {
      return (await Deno.stat(this.path)).size >= end;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        return false;
      }
      throw error;
    }
  }
}
