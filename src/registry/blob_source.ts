/**
 * Reads a repository: its manifests, and ranges of its blobs. Nothing that a
 * registry says is believed.
 *
 * @module
 */

import {
  type Layer,
  type Manifest,
  parseManifest,
} from "../models/manifest.ts";
import { BackOff, type Patience } from "./back_off.ts";
import type { RegistryClient } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";
import { chunksOf, readText } from "./response_body.ts";
import { StallGuard } from "./stall_guard.ts";

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

/** Longest manifest there may be; registries hold to the same limit. */
const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Largest blob there may be; a larger one is a lie. */
const MOST_BLOB_BYTES = 2 ** 44;

/** A manifest as the registry has sent it. */
export interface SentManifest {
  readonly text: string;
  readonly manifest: Manifest;
}

/** Bytes of a blob, from `start` up to and without `end`. */
export interface BlobRange {
  readonly start: number;
  readonly end: number;
}

function parseSent(text: string): SentManifest {
  let manifest: Manifest;
  try {
    manifest = parseManifest(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RegistryError("broken", reason, { cause });
  }
  for (const { digest, size } of [...manifest.layers, manifest.config]) {
    if (!Number.isSafeInteger(size) || size < 0 || size > MOST_BLOB_BYTES) {
      throw new RegistryError("final", `layer ${digest} has size ${size}`);
    }
  }
  return { text, manifest };
}

/**
 * Bytes that stand before the range in an answer. Throws when the answer is
 * not a part of this blob that begins where it should.
 */
function bytesBefore(
  { status, headers }: Response,
  { size }: Layer,
  { start }: BlobRange,
): number {
  const length = headers.get("content-length");
  if (status === 200 && (length === null || Number(length) === size)) {
    return start; // It knows no ranges and begins at the beginning.
  }
  const text = headers.get("content-range") ?? "";
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text);
  const [, from, total] = match ?? [];
  if (status !== 206 || Number(from) !== start) {
    throw new RegistryError(
      "broken",
      `asked for bytes from ${start}, got status ${status}, range "${text}"`,
    );
  }
  if (total !== "*" && Number(total) !== size) {
    throw new RegistryError(
      "final",
      `the manifest gives the layer ${size} bytes, the registry ${total}`,
    );
  }
  return 0;
}

/** A repository to pull from. */
export class BlobSource {
  readonly #client: RegistryClient;
  readonly #patience: Patience;

  constructor(client: RegistryClient, patience: Patience) {
    this.#client = client;
    this.#patience = patience;
  }

  /** Gets a manifest. A registry that cannot be reached is told at once. */
  async manifest(tag: string, signal: AbortSignal): Promise<SentManifest> {
    const backOff = new BackOff(this.#patience, signal);
    for (;;) {
      try {
        return await this.#manifest(tag, signal);
      } catch (error) {
        if (error instanceof RegistryError && error.failure === "unreachable") {
          throw error;
        }
        await backOff.after(error);
      }
    }
  }

  async #manifest(tag: string, signal: AbortSignal): Promise<SentManifest> {
    using guard = new StallGuard(signal, this.#patience.stallMs);
    const response = await this.#client.send({
      method: "GET",
      path: `manifests/${tag}`,
      headers: { Accept: MANIFEST_TYPE },
      signal: guard.signal,
    });
    return parseSent(await readText(response, MOST_MANIFEST_BYTES, guard));
  }

  /** The bytes of a range, fewer when the registry breaks off. */
  async *range(
    layer: Layer,
    range: BlobRange,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    using guard = new StallGuard(signal, this.#patience.stallMs);
    const response = await this.#client.send({
      method: "GET",
      path: `blobs/${layer.digest}`,
      headers: {
        Range: `bytes=${range.start}-${range.end - 1}`,
        "Accept-Encoding": "identity",
      },
      signal: guard.signal,
    });
    let skip: number;
    try {
      skip = bytesBefore(response, layer, range);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    let left = range.end - range.start;
    for await (const chunk of chunksOf(response, guard)) {
      const bytes = chunk.subarray(skip, skip + left);
      skip -= Math.min(skip, chunk.length);
      left -= bytes.length;
      yield bytes;
      if (left === 0) {
        return;
      }
    }
  }
}
