/**
 * Sends one blob to a registry in chunks, and goes on where the registry says
 * it was cut off.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Layer } from "../models/manifest.ts";
import { BackOff, type Patience } from "./back_off.ts";
import { RegistryError } from "./registry_error.ts";
import type { RegistryClient } from "./registry_client.ts";
import { StallGuard } from "./stall_guard.ts";

/** Bytes of a chunk, which is held in memory while it is sent. */
export const UPLOAD_CHUNK_BYTES = 32 * 1024 * 1024;

/** What an upload is made of. */
export interface BlobUploadOptions {
  readonly layer: Layer;
  /** The blob's file. */
  readonly path: string;
  readonly client: RegistryClient;
  readonly patience: Patience;
  readonly chunkBytes: number;
  /** Another repository of this registry that may have the blob. */
  readonly mountFrom?: string;
  /** Asks whether the registry has the whole blob. */
  isThere(): Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Where the registry wants the next request of this upload. */
function nextLocation(response: Response, client: RegistryClient): URL {
  const location = response.headers.get("docker-upload-location") ??
    response.headers.get("location") ?? "";
  if (location === "" || !URL.canParse(location, client.url("").href)) {
    throw new RegistryError("broken", "the registry gave no upload location");
  }
  return client.url(location);
}

/** The same error, as one that another attempt may not meet. */
function broken(error: RegistryError): RegistryError {
  return new RegistryError("broken", error.message, { cause: error });
}

async function readChunk(
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  const chunk = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(chunk.subarray(filled));
    if (count === null) {
      throw new RegistryError("final", `${path} is too short`);
    }
    filled += count;
  }
  return chunk;
}

/** One upload. */
export class BlobUpload {
  readonly #options: BlobUploadOptions;
  #offset = 0;
  /** Where to go on; undefined before the upload is opened, or after a loss. */
  #location: URL | undefined;
  /** It was gone on with after a failure, which not every registry can. */
  #resumed = false;
  /** MD5 of each chunk that went to other storage, which checks them so. */
  #md5s: Buffer[] = [];

  constructor(options: BlobUploadOptions) {
    this.#options = options;
  }

  /** Bytes the registry has. */
  get completed(): number {
    return this.#offset;
  }

  /** Uploads, with as many attempts as it takes. */
  async run(): Promise<void> {
    const { patience, signal, isThere } = this.#options;
    const backOff = new BackOff(patience, signal);
    let furthest = 0;
    for (;;) {
      try {
        return await this.#attempt();
      } catch (error) {
        // To come as far as before after a new beginning is no progress.
        if (this.#offset > furthest) {
          furthest = this.#offset;
          backOff.reset();
        }
        await this.#prepareNext(error, backOff);
      }
      // Perhaps only the answer to the last request was lost.
      if (this.#location === undefined && await isThere()) {
        this.#offset = this.#options.layer.size;
        return;
      }
    }
  }

  /** Finds out where to go on after a failure, or throws it. */
  async #prepareNext(error: unknown, backOff: BackOff): Promise<void> {
    const lost = this.#isLost(error);
    if (lost) {
      this.#location = undefined;
    }
    await backOff.after(lost ? broken(error) : error);
    await this.#findPosition();
  }

  /** Whether the registry no longer knows what it was sent before a failure. */
  #isLost(error: unknown): error is RegistryError {
    return error instanceof RegistryError && error.failure === "final" &&
      this.#location !== undefined &&
      (this.#resumed || error.kind === "not_found");
  }

  async #attempt(): Promise<void> {
    const { size } = this.#options.layer;
    if (this.#location === undefined && await this.#open()) {
      return;
    }
    while (this.#offset < size) {
      await this.#sendChunk(this.#location as URL);
    }
    await this.#commit(this.#location as URL);
  }

  /** Opens the upload. True when the registry needs nothing more. */
  async #open(): Promise<boolean> {
    const { client, layer, mountFrom } = this.#options;
    const url = client.url("blobs/uploads/");
    if (mountFrom !== undefined) {
      url.searchParams.set("mount", layer.digest);
      url.searchParams.set("from", mountFrom);
    }
    this.#offset = 0;
    this.#md5s = [];
    this.#resumed = false;
    const response = await this.#send("POST", url);
    await response.body?.cancel();
    if (response.status === 201) {
      this.#offset = layer.size;
      return true;
    }
    this.#location = nextLocation(response, client);
    return false;
  }

  async #sendChunk(location: URL): Promise<void> {
    const { client, layer, path, chunkBytes } = this.#options;
    const start = this.#offset;
    const length = Math.min(chunkBytes, layer.size - start);
    const chunk = await readChunk(path, start, length);
    const response = await this.#send("PATCH", location, {
      headers: {
        "Content-Type": "application/octet-stream",
        "Content-Range": `${start}-${start + length - 1}`,
        "X-Redirect-Uploads": "1",
      },
      body: chunk,
      keepRedirect: true,
    });
    await response.body?.cancel();
    const next = nextLocation(response, client);
    if (response.status === 307) {
      const storage = client.url(response.headers.get("location") ?? "");
      const stored = await this.#send("PUT", storage, { body: chunk });
      await stored.body?.cancel();
      this.#md5s.push(createHash("md5").update(chunk).digest());
    }
    this.#location = next;
    this.#offset = start + length;
  }

  async #commit(location: URL): Promise<void> {
    const url = new URL(location);
    url.searchParams.set("digest", this.#options.layer.digest);
    if (this.#md5s.length > 0) {
      const sum = createHash("md5").update(Buffer.concat(this.#md5s));
      url.searchParams.set(
        "etag",
        `${sum.digest("hex")}-${this.#md5s.length}`,
      );
    }
    const response = await this.#send("PUT", url);
    await response.body?.cancel();
  }

  /** Asks how much has arrived; begins anew when nobody knows. */
  async #findPosition(): Promise<void> {
    const location = this.#location;
    this.#location = undefined;
    if (location === undefined || this.#md5s.length > 0) {
      return;
    }
    try {
      const response = await this.#send("GET", location);
      await response.body?.cancel();
      const [, end] = /^0-(\d+)$/.exec(response.headers.get("range") ?? "") ??
        [];
      if (response.status === 204 && end !== undefined) {
        // A registry says 0-0 of an empty upload, too.
        const arrived = end === "0" ? 0 : Number(end) + 1;
        this.#offset = Math.min(arrived, this.#options.layer.size);
        this.#location = nextLocation(response, this.#options.client);
        this.#resumed = true;
      }
    } catch (error) {
      if (!(error instanceof RegistryError)) {
        throw error;
      }
    }
  }

  async #send(
    method: "GET" | "POST" | "PATCH" | "PUT",
    path: URL,
    more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array<ArrayBuffer>;
      readonly keepRedirect?: boolean;
    } = {},
  ): Promise<Response> {
    const { client, patience, signal } = this.#options;
    // A chunk's progress cannot be seen, so it gets the time of several.
    const longest = more.body ? patience.stallMs * 10 : patience.stallMs;
    using guard = new StallGuard(signal, longest);
    return await client.send({ method, path, ...more, signal: guard.signal });
  }
}
