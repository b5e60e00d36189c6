/**
 * Blobs: files named by the hash of what is in them. A blob has its name only
 * once it is whole, checked and on disk.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { ServerError } from "../errors.ts";
import { isDigest, type StoredBlob } from "./manifest.ts";

/** Names of files that are being written. */
const UNFINISHED = "unfinished-";

/** A file that nobody has written to for so long is left over. */
const LEFT_OVER_MS = 60 * 60 * 1000;

/** A blob that was stored, and whether it was there before. */
export interface PutBlob extends StoredBlob {
  readonly existed: boolean;
}

/** The blobs folder of a store. */
export class Blobs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The path of a blob. Throws for what is no digest. */
  path(digest: string): string {
    if (!isDigest(digest)) {
      throw new ServerError("bad_request", "invalid digest format");
    }
    return `${this.#folder}/${digest.replace(":", "-")}`;
  }

  async has(digest: string): Promise<boolean> {
    return await this.size(digest) !== undefined;
  }

  /** Bytes of a blob, undefined when it is not there. */
  async size(digest: string): Promise<number | undefined> {
    try {
      return (await Deno.stat(this.path(digest))).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        return undefined;
      }
      throw error;
    }
  }

  readText(digest: string): Promise<string> {
    return Deno.readTextFile(this.path(digest));
  }

  /** A path for a file that is to become a blob; a crash leaves no more. */
  async unfinishedPath(): Promise<string> {
    await Deno.mkdir(this.#folder, { recursive: true });
    return `${this.#folder}/${UNFINISHED}${Deno.pid}-${crypto.randomUUID()}`;
  }

  /** Makes a blob of a file at an {@linkcode unfinishedPath}. */
  async adopt(path: string): Promise<PutBlob> {
    const { digest, size } = await hashFile(path);
    const existed = await this.has(digest);
    using file = await Deno.open(path, { write: true });
    await file.syncData();
    await Deno.rename(path, this.path(digest));
    return { digest, size, existed };
  }

  /** Stores bytes under their hash. */
  async put(content: Uint8Array | string): Promise<PutBlob> {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    const hash = createHash("sha256").update(bytes).digest("hex");
    const digest = `sha256:${hash}`;
    const existed = await this.has(digest);
    if (!existed) {
      await this.write(digest, new Blob([bytes as BlobPart]).stream());
    }
    return { digest, size: bytes.length, existed };
  }

  /**
   * Stores a stream whose hash is promised. Throws `digest mismatch` when the
   * promise is not kept; nothing stays then, nor when the stream breaks off.
   */
  async write(
    digest: string,
    content: ReadableStream<Uint8Array>,
  ): Promise<void> {
    await this.writeAtomically(this.path(digest), content, (actual) => {
      if (actual !== digest) {
        throw new ServerError(
          "bad_request",
          `digest mismatch, expected "${digest}", got "${actual}"`,
        );
      }
    });
  }

  /**
   * Writes a file that appears whole or not at all. `check` sees the digest
   * of what was written and may throw.
   */
  async writeAtomically(
    path: string,
    content: ReadableStream<Uint8Array>,
    check: (digest: string) => void = () => {},
  ): Promise<void> {
    const unfinished = await this.unfinishedPath();
    try {
      const hash = createHash("sha256");
      await writeHashed(unfinished, content, hash);
      check(`sha256:${hash.digest("hex")}`);
      await Deno.rename(unfinished, path);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
  }

  async remove(digest: string): Promise<void> {
    try {
      await Deno.remove(this.path(digest));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw error;
      }
    }
  }

  /**
   * Removes a blob that does not have the digest it should have, as other
   * programs may leave after a crash; whether it did.
   */
  async removeDamaged(digest: string): Promise<boolean> {
    const damaged = (await hashFile(this.path(digest))).digest !== digest;
    if (damaged) {
      await this.remove(digest);
    }
    return damaged;
  }

  /** Removes files that nobody goes on writing after a crash. */
  removeLeftOvers(): Promise<void> {
    return this.#removeOld((name) => name.startsWith(UNFINISHED));
  }

  /**
   * Removes blobs that are not among those needed: uploads of which no model
   * was made. Downloads that can be resumed stay.
   */
  removeUnneeded(needed: ReadonlySet<string>): Promise<void> {
    return this.#removeOld((name) => {
      const digest = name.replace("-", ":");
      return isDigest(digest) && !needed.has(digest);
    });
  }

  /** Another process may still write, or be about to use, what is new. */
  async #removeOld(unwanted: (name: string) => boolean): Promise<void> {
    try {
      for await (const { name } of Deno.readDir(this.#folder)) {
        const path = `${this.#folder}/${name}`;
        if (unwanted(name)) {
          const { mtime } = await Deno.stat(path);
          if (Date.now() - (mtime?.getTime() ?? 0) > LEFT_OVER_MS) {
            await Deno.remove(path, { recursive: true });
          }
        }
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw error;
      }
    }
  }
}

async function hashFile(path: string): Promise<StoredBlob> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of (await Deno.open(path)).readable) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

async function writeHashed(
  path: string,
  content: ReadableStream<Uint8Array>,
  hash: Hash,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const chunk of content) {
    hash.update(chunk);
    let written = 0;
    while (written < chunk.length) {
      written += await file.write(chunk.subarray(written));
    }
  }
  await file.syncData();
}
