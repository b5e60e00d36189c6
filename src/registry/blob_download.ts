/**
 * One blob on its way here. All who want it share this one download; when
 * the last of them leaves, it stops and what has come is kept.
 *
 * @module
 */

import { anySignal } from "../abort.ts";
import { createHash } from "node:crypto";
import { ServerError } from "../errors.ts";
import type { Layer } from "../models/manifest.ts";
import { BackOff, type Patience } from "./back_off.ts";
import type { BlobSource } from "./blob_source.ts";
import { type Part, PartialBlob, type PartSizes } from "./partial_blob.ts";
import { RegistryError } from "./registry_error.ts";

/** Parts that are fetched side by side. */
const PARALLEL_PARTS = 16;

/** A part's progress is remembered each time so many bytes have come. */
const SAVE_BYTES = 4 * 1024 * 1024;

/** Bytes that are hashed between two turns of the event loop. */
const HASH_BYTES = 1024 * 1024;

/** What a download is made of. */
export interface BlobDownloadOptions {
  readonly layer: Layer;
  readonly source: BlobSource;
  /** Where the whole blob will be. */
  readonly path: string;
  readonly patience: Patience;
  readonly sizes: PartSizes;
}

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(HASH_BYTES);
  using file = await Deno.open(path);
  for (;;) {
    signal.throwIfAborted();
    const length = await file.read(buffer);
    if (length === null) {
      return `sha256:${hash.digest("hex")}`;
    }
    hash.update(buffer.subarray(0, length));
  }
}

/** What the disk refuses, in words for the client. */
function toldToClient(error: unknown, digest: string): unknown {
  if (error instanceof ServerError || !(error instanceof Error)) {
    return error;
  }
  return new ServerError(
    "internal",
    `Cannot store ${digest}: ${error.message}`,
    { cause: error },
  );
}

/** A running download. */
export class BlobDownload {
  /** Fulfilled when every byte is here. */
  readonly transferred: Promise<void>;
  /** Fulfilled when the blob is checked and has its name. */
  readonly done: Promise<void>;
  readonly #options: BlobDownloadOptions;
  readonly #partial: PartialBlob;
  readonly #controller = new AbortController();
  #users = 0;

  constructor(options: BlobDownloadOptions) {
    this.#options = options;
    this.#partial = new PartialBlob(options.path, options.layer);
    const { digest } = options.layer;
    this.transferred = this.#transfer()
      .catch((error) => Promise.reject(toldToClient(error, digest)));
    this.done = this.transferred.then(() => this.#verify())
      .catch((error) => Promise.reject(toldToClient(error, digest)));
    // Whoever shares the download hears of it; perhaps all have left.
    this.transferred.catch(() => {});
    this.done.catch(() => {});
  }

  /** Bytes that are here. */
  get completed(): number {
    return this.#partial.completed;
  }

  /** Shares the download. False when it is already being stopped. */
  join(): boolean {
    if (this.#controller.signal.aborted) {
      return false;
    }
    this.#users++;
    return true;
  }

  /** Shares it no longer; the last to leave stops it. */
  leave(): void {
    if (--this.#users === 0) {
      this.#controller.abort(
        new ServerError("cancelled", "nobody waits for the download"),
      );
    }
  }

  async #transfer(): Promise<void> {
    const { signal } = this.#controller;
    await this.#partial.open(this.#options.sizes);
    const waiting = this.#partial.parts
      .filter((part) => part.completed < part.size);
    const failed = new AbortController();
    const either = anySignal(signal, failed.signal);
    const work = async () => {
      for (let part = waiting.shift(); part; part = waiting.shift()) {
        await this.#fetchPart(part, either);
      }
    };
    const workers = Array.from(
      { length: PARALLEL_PARTS },
      () =>
        work().catch((error) => {
          failed.abort(error); // One part's end is the end of all.
          throw error;
        }),
    );
    // Files are in use until the last of them has stopped.
    await Promise.allSettled(workers);
    signal.throwIfAborted();
    failed.signal.throwIfAborted();
  }

  /** Fetches the rest of a part, however often the registry breaks off. */
  async #fetchPart(part: Part, signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(this.#options.patience, signal);
    while (part.completed < part.size) {
      const before = part.completed;
      try {
        await this.#fetchOnce(part, signal);
      } catch (error) {
        if (part.completed > before) {
          backOff.reset();
        }
        await backOff.after(error);
      }
    }
  }

  async #fetchOnce(part: Part, signal: AbortSignal): Promise<void> {
    const { layer, source } = this.#options;
    const start = part.offset + part.completed;
    const end = part.offset + part.size;
    using file = await this.#partial.appender(part);
    let saved = part.completed;
    try {
      for await (const bytes of source.range(layer, { start, end }, signal)) {
        await this.#partial.append(part, file, bytes);
        if (part.completed - saved >= SAVE_BYTES) {
          saved = part.completed;
          await this.#partial.save(part);
        }
      }
    } finally {
      await this.#partial.save(part);
    }
    if (part.completed < part.size) {
      throw new RegistryError("broken", "the registry sent too few bytes");
    }
  }

  async #verify(): Promise<void> {
    const { layer, path } = this.#options;
    const actual = await digestOf(this.#partial.path, this.#controller.signal);
    if (actual !== layer.digest) {
      await this.#partial.remove();
      throw new RegistryError(
        "final",
        "digest mismatch, file must be downloaded again: " +
          `want ${layer.digest}, got ${actual}`,
      );
    }
    await this.#partial.finish(path);
  }
}
