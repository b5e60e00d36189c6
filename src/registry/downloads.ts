/**
 * The downloads under way, one for a blob.
 *
 * @module
 */

import type { Layer } from "../models/manifest.ts";
import type { ModelStore } from "../models/store.ts";
import type { Patience } from "./back_off.ts";
import { BlobDownload } from "./blob_download.ts";
import type { BlobSource } from "./blob_source.ts";
import type { PartSizes } from "./partial_blob.ts";

/** Shares downloads between those who want the same blob. */
export class Downloads {
  readonly #store: ModelStore;
  readonly #patience: Patience;
  readonly #sizes: PartSizes;
  readonly #running = new Map<string, BlobDownload>();

  constructor(store: ModelStore, patience: Patience, sizes: PartSizes) {
    this.#store = store;
    this.#patience = patience;
    this.#sizes = sizes;
  }

  /** The download of a layer, joined: {@linkcode BlobDownload.leave} it. */
  async join(layer: Layer, source: BlobSource): Promise<BlobDownload> {
    for (;;) {
      const running = this.#running.get(layer.digest);
      if (running === undefined) {
        return this.#begin(layer, source);
      }
      if (running.join()) {
        return running;
      }
      // It still has the files open.
      await running.done.catch(() => {});
    }
  }

  #begin(layer: Layer, source: BlobSource): BlobDownload {
    const download = new BlobDownload({
      layer,
      source,
      path: this.#store.blobPath(layer.digest),
      patience: this.#patience,
      sizes: this.#sizes,
    });
    this.#running.set(layer.digest, download);
    const forget = () => this.#running.delete(layer.digest);
    download.done.then(forget, forget);
    download.join();
    return download;
  }
}
