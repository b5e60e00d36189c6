/**
 * Pulls and pushes of one store.
 *
 * @module
 */

import { anySignal } from "../abort.ts";
import { ServerError } from "../errors.ts";
import type { ModelStore } from "../models/store.ts";
import { PATIENCE, type Patience } from "./back_off.ts";
import { BlobSource } from "./blob_source.ts";
import { UPLOAD_CHUNK_BYTES } from "./blob_upload.ts";
import { Downloads } from "./downloads.ts";
import { PART_SIZES, type PartSizes } from "./partial_blob.ts";
import type { TransferProgress } from "./progress.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { RegistryClient } from "./registry_client.ts";
import {
  parseRemoteModel,
  type RemoteModel,
  remoteModel,
} from "./remote_model.ts";
import { defaultKeyPath } from "./signing_key.ts";

/** What {@linkcode Transfers} is made of. */
export interface TransfersOptions {
  readonly store: ModelStore;
  /** Keep blobs that no model needs any more. Defaults to false. */
  readonly noPrune?: boolean;
  /** File of the key that signs requests. Defaults to Ollama's. */
  readonly keyPath?: string;
  /** Defaults to {@linkcode PATIENCE}. */
  readonly patience?: Patience;
  /** Defaults to {@linkcode PART_SIZES}. */
  readonly partSizes?: PartSizes;
  /** Defaults to {@linkcode UPLOAD_CHUNK_BYTES}. */
  readonly uploadChunkBytes?: number;
}

/** What is asked for. */
export interface TransferRequest {
  /** `[host/][namespace/]model[:tag]`. */
  readonly model: string;
  /** Plain HTTP is allowed. */
  readonly insecure: boolean;
  /** Aborted when nobody wants the rest. */
  readonly signal: AbortSignal;
}

/** Brings models here and sends them away. */
export class Transfers {
  readonly #store: ModelStore;
  readonly #options: Required<TransfersOptions>;
  readonly #downloads: Downloads;
  readonly #closing = new AbortController();

  constructor(options: TransfersOptions) {
    this.#store = options.store;
    this.#options = {
      noPrune: false,
      keyPath: defaultKeyPath(),
      patience: PATIENCE,
      partSizes: PART_SIZES,
      uploadChunkBytes: UPLOAD_CHUNK_BYTES,
      ...options,
    };
    const { patience, partSizes } = this.#options;
    this.#downloads = new Downloads(options.store, patience, partSizes);
  }

  /** Pulls a model. A wrong name is told before the first line. */
  async *pull(request: TransferRequest): AsyncGenerator<TransferProgress> {
    const remote = await this.#inStoredCase(request);
    const { noPrune, patience } = this.#options;
    yield* pull({
      name: remote.name,
      source: new BlobSource(this.#clientOf(remote), patience),
      store: this.#store,
      downloads: this.#downloads,
      noPrune,
      signal: this.#either(request.signal),
    });
  }

  /** Pushes a model. A wrong name is told before the first line. */
  async *push(request: TransferRequest): AsyncGenerator<TransferProgress> {
    const remote = await this.#inStoredCase(request);
    const { patience, uploadChunkBytes } = this.#options;
    yield* push({
      name: remote.name,
      client: this.#clientOf(remote),
      store: this.#store,
      patience,
      chunkBytes: uploadChunkBytes,
      signal: this.#either(request.signal),
    });
  }

  /** Ends every transfer; what has come is kept. */
  close(): void {
    this.#closing.abort(
      new ServerError("cancelled", "the server is stopping"),
    );
  }

  async #inStoredCase(request: TransferRequest): Promise<RemoteModel> {
    const { name, insecure } = parseRemoteModel(
      request.model,
      request.insecure,
    );
    return remoteModel(await this.#store.inStoredCase(name), insecure);
  }

  #clientOf(remote: RemoteModel): RegistryClient {
    return new RegistryClient(remote, this.#options.keyPath);
  }

  #either(signal: AbortSignal): AbortSignal {
    return anySignal(signal, this.#closing.signal);
  }
}
