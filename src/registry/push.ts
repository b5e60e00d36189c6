/**
 * Sends a model to a registry: each blob it lacks, then the manifest.
 *
 * @module
 */

import { anySignal } from "../abort.ts";
import { ServerError } from "../errors.ts";
import type { Layer } from "../models/manifest.ts";
import { type ModelName, shortName } from "../models/name.ts";
import {
  allLayers,
  type ModelStore,
  type StoredManifest,
} from "../models/store.ts";
import { BackOff, type Patience } from "./back_off.ts";
import { BlobUpload } from "./blob_upload.ts";
import { layerProgress, type TransferProgress, watch } from "./progress.ts";
import type { RegistryClient } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";
import { StallGuard } from "./stall_guard.ts";

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

/** What a push needs. */
export interface PushOptions {
  /** As the store writes it. */
  readonly name: ModelName;
  readonly client: RegistryClient;
  readonly store: ModelStore;
  readonly patience: Patience;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
}

/** Does what is small enough to be done again as a whole. */
async function insist<T>(
  { patience, signal }: PushOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const backOff = new BackOff(patience, signal);
  for (;;) {
    try {
      using guard = new StallGuard(signal, patience.stallMs);
      return await work(guard.signal);
    } catch (error) {
      if (error instanceof RegistryError && error.failure === "unreachable") {
        throw error;
      }
      await backOff.after(error);
    }
  }
}

function hasBlob(layer: Layer, options: PushOptions): Promise<boolean> {
  return insist(options, async (signal) => {
    try {
      const path = `blobs/${layer.digest}`;
      await options.client.send({ method: "HEAD", path, signal });
      return true;
    } catch (error) {
      if (error instanceof RegistryError && error.kind === "not_found") {
        return false;
      }
      throw error;
    }
  });
}

/** A repository of the same registry that should have the blob. */
async function otherRepository(
  { digest }: Layer,
  { store, name }: PushOptions,
): Promise<string | undefined> {
  for (const other of await store.names()) {
    const repository = `${other.namespace}/${other.model}`;
    if (
      other.host === name.host &&
      repository !== `${name.namespace}/${name.model}`
    ) {
      const stored = await store.read(other).catch(() => undefined);
      const layers = stored ? allLayers(stored.manifest) : [];
      if (layers.some((layer) => layer.digest === digest)) {
        return repository;
      }
    }
  }
  return undefined;
}

async function* pushLayer(
  layer: Layer,
  options: PushOptions,
): AsyncGenerator<TransferProgress> {
  if (await hasBlob(layer, options)) {
    yield layerProgress("pushing", layer, layer.size);
    return;
  }
  const stop = new AbortController();
  const signal = anySignal(options.signal, stop.signal);
  const mountFrom = await otherRepository(layer, options);
  const upload = new BlobUpload({
    ...options,
    layer,
    path: options.store.blobPath(layer.digest),
    ...(mountFrom === undefined ? {} : { mountFrom }),
    isThere: () => hasBlob(layer, { ...options, signal }),
    signal,
  });
  const finished = upload.run();
  finished.catch(() => {}); // Nobody watches any more after a cancel.
  try {
    yield* watch(
      "pushing",
      layer,
      { finished, completed: () => upload.completed },
      options.signal,
    );
  } finally {
    stop.abort(new ServerError("cancelled", "nobody waits for the upload"));
  }
}

async function readStored(
  { store, name }: PushOptions,
): Promise<StoredManifest | undefined> {
  try {
    return await store.read(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return undefined;
    }
    throw error;
  }
}

/** Pushes; the last line is `success`. Errors are thrown. */
export async function* push(
  options: PushOptions,
): AsyncGenerator<TransferProgress> {
  yield { status: "retrieving manifest" };
  const stored = await readStored(options);
  if (stored === undefined) {
    yield { status: "couldn't retrieve manifest" };
    throw new ServerError(
      "not_found",
      `model '${shortName(options.name)}' not found`,
    );
  }
  const layers = new Map(
    allLayers(stored.manifest).map((layer) => [layer.digest, layer]),
  );
  for (const layer of layers.values()) {
    yield* pushLayer(layer, options);
  }
  yield { status: "pushing manifest" };
  await insist(options, async (signal) => {
    const response = await options.client.send({
      method: "PUT",
      path: `manifests/${options.name.tag}`,
      headers: { "Content-Type": MANIFEST_TYPE },
      body: new TextEncoder().encode(stored.text),
      signal,
    });
    await response.body?.cancel();
  });
  yield { status: "success" };
}
