/**
 * Pulls and pushes between a temporary store and a registry of a test's own.
 *
 * @module
 */

import { ModelStore } from "../../src/models/store.ts";
import { PART_SIZES, type PartSizes } from "../../src/registry/partial_blob.ts";
import type { TransferProgress } from "../../src/registry/progress.ts";
import { Transfers } from "../../src/registry/transfers.ts";
import { FakeRegistryServer, IMPATIENCE } from "./registry_fake.ts";

/** What a test may choose. */
export interface TransferBenchOptions {
  readonly folder?: string;
  readonly partSizes?: PartSizes;
  readonly uploadChunkBytes?: number;
  readonly noPrune?: boolean;
}

/** A store in a folder of its own. */
export class TransferBench implements AsyncDisposable {
  readonly folder: string;
  readonly store: ModelStore;
  readonly transfers: Transfers;

  private constructor(folder: string, options: TransferBenchOptions) {
    const { partSizes = PART_SIZES, noPrune = false } = options;
    this.folder = folder;
    this.store = new ModelStore(`${folder}/models`);
    this.transfers = new Transfers({
      store: this.store,
      keyPath: `${folder}/id_ed25519`,
      patience: IMPATIENCE,
      partSizes,
      uploadChunkBytes: options.uploadChunkBytes ?? 1000,
      noPrune,
    });
  }

  /** Makes a bench; a folder may be gone on with. */
  static async make(
    options: TransferBenchOptions = {},
  ): Promise<TransferBench> {
    const folder = options.folder ?? await Deno.makeTempDir();
    return new TransferBench(folder, options);
  }

  /** Pulls to the end; every line. */
  pull(
    model: string,
    signal = new AbortController().signal,
  ): Promise<TransferProgress[]> {
    return Array.fromAsync(
      this.transfers.pull({ model, insecure: true, signal }),
    );
  }

  /** Pushes to the end; every line. */
  push(
    model: string,
    signal = new AbortController().signal,
  ): Promise<TransferProgress[]> {
    return Array.fromAsync(
      this.transfers.push({ model, insecure: true, signal }),
    );
  }

  /** Names of the files in the blobs folder, sorted. */
  async blobFiles(): Promise<string[]> {
    try {
      const files = await Array.fromAsync(
        Deno.readDir(`${this.store.folder}/blobs`),
      );
      return files.map(({ name }) => name).sort();
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose]() {
    this.transfers.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Runs a test with a registry and a bench. */
export async function withRegistry(
  test: (registry: FakeRegistryServer, bench: TransferBench) => Promise<void>,
  options: TransferBenchOptions = {},
): Promise<void> {
  await using registry = new FakeRegistryServer();
  await using bench = await TransferBench.make(options);
  await test(registry, bench);
}
