/**
 * Brings a model here: its manifest, then each blob that is missing.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { Layer, Manifest } from "../models/manifest.ts";
import type { ModelName } from "../models/name.ts";
import { allLayers, type ModelStore } from "../models/store.ts";
import type { BlobDownload } from "./blob_download.ts";
import type { BlobSource, SentManifest } from "./blob_source.ts";
import type { Downloads } from "./downloads.ts";
import { layerProgress, type TransferProgress, watch } from "./progress.ts";
import { RegistryError } from "./registry_error.ts";

/** Weights in a form that only Ollama's other engine runs. */
const TENSOR_TYPE = "application/vnd.ollama.image.tensor";

/** What a pull needs. */
export interface PullOptions {
  /** As the store writes it. */
  readonly name: ModelName;
  readonly source: BlobSource;
  readonly store: ModelStore;
  readonly downloads: Downloads;
  /** Keep the blobs that the model before this one needed. */
  readonly noPrune: boolean;
  readonly signal: AbortSignal;
}

async function getManifest(options: PullOptions): Promise<SentManifest> {
  const { source, name, signal } = options;
  try {
    return await source.manifest(name.tag, signal);
  } catch (error) {
    if (error instanceof RegistryError) {
      const message = `pull model manifest: ${error.message}`;
      throw new ServerError(error.kind, message, { cause: error });
    }
    throw error;
  }
}

/** Every blob once. */
function distinctLayers(manifest: Manifest): Layer[] {
  return [
    ...new Map(allLayers(manifest).map((each) => [each.digest, each])).values(),
  ];
}

async function isHere(store: ModelStore, layer: Layer): Promise<boolean> {
  return await store.blobSize(layer.digest) === layer.size;
}

/** Downloads what is missing, one layer after the other. */
async function* pullLayers(
  layers: readonly Layer[],
  options: PullOptions,
): AsyncGenerator<TransferProgress> {
  const { store, downloads, source, signal } = options;
  const joined: BlobDownload[] = [];
  try {
    for (const layer of layers) {
      if (await isHere(store, layer)) {
        yield layerProgress("pulling", layer, layer.size);
        continue;
      }
      const download = await downloads.join(layer, source);
      joined.push(download);
      yield* watch("pulling", layer, {
        finished: download.transferred,
        completed: () => download.completed,
      }, signal);
    }
    yield { status: "verifying sha256 digest" };
    await Promise.all(joined.map((download) => download.done));
  } finally {
    joined.forEach((download) => download.leave());
  }
}

/** Writes the manifest, unless a blob was removed in the meantime. */
function writeManifest(
  layers: readonly Layer[],
  text: string,
  { store, name }: PullOptions,
): Promise<boolean> {
  return store.exclusive(async () => {
    const here = await Promise.all(layers.map((each) => isHere(store, each)));
    if (here.includes(false)) {
      return false;
    }
    await store.write(name, text);
    return true;
  });
}

/** Layers of the model that has the name now. */
async function presentLayers(
  { store, name }: PullOptions,
): Promise<readonly Layer[]> {
  const stored = await store.read(name).catch(() => undefined);
  return stored === undefined ? [] : allLayers(stored.manifest);
}

/** Pulls; the last line is `success`. Errors are thrown. */
export async function* pull(
  options: PullOptions,
): AsyncGenerator<TransferProgress> {
  const { store, noPrune, signal } = options;
  yield { status: "pulling manifest" };
  const { text, manifest } = await getManifest(options);
  const layers = distinctLayers(manifest);
  if (layers.some(({ mediaType }) => mediaType === TENSOR_TYPE)) {
    throw new ServerError(
      "bad_request",
      "this model requires MLX support, but the MLX runtime is not available",
    );
  }
  const before = await presentLayers(options);
  do {
    yield* pullLayers(layers, options);
    signal.throwIfAborted();
    yield { status: "writing manifest" };
  } while (!await writeManifest(layers, text, options));
  const digests = new Set(layers.map(({ digest }) => digest));
  const unused = before.filter(({ digest }) => !digests.has(digest));
  if (!noPrune && unused.length > 0) {
    yield { status: "removing unused layers" };
    await store.exclusive(() => store.prune(unused));
  }
  yield { status: "success" };
}
