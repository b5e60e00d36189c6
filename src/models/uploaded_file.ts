/**
 * GGUF files that a client has uploaded, as layers of a model to be made.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { type GgufMetadata, readGguf } from "./gguf.ts";
import { GgufError } from "./gguf_reader.ts";
import { isDigest, type Layer, type LayerKind, layerOf } from "./manifest.ts";
import type { ModelStore } from "./store.ts";

/** An uploaded file, what is in it and what it is for. */
export interface UploadedFile {
  readonly kind: Extract<LayerKind, "model" | "adapter" | "projector">;
  readonly layer: Layer;
  readonly metadata: GgufMetadata;
}

/** What to do with safetensors instead. */
export const SAFETENSORS_REFUSAL =
  "safetensors files are not supported; convert them to GGUF with llama.cpp's " +
  "convert_hf_to_gguf.py, or take the model as GGUF";

function refuse(message: string): never {
  throw new ServerError("bad_request", message);
}

/** Absolute, or on its way out of the folder. */
const FOREIGN_PATH = /^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/;

/** Digests of the files, in the order of their paths. */
export function digestsOf(files: Readonly<Record<string, string>>): string[] {
  const sorted = Object.entries(files).sort(([a], [b]) => a < b ? -1 : 1);
  if (sorted.length === 0) {
    refuse("no files provided to convert");
  }
  for (const [path, digest] of sorted) {
    if (path === "" || FOREIGN_PATH.test(path)) {
      refuse("file path must be relative");
    }
    if (!isDigest(digest)) {
      refuse("invalid digest format");
    }
    if (path.endsWith(".safetensors")) {
      refuse(SAFETENSORS_REFUSAL);
    }
  }
  return sorted.map(([, digest]) => digest);
}

function kindOf({ architecture, values }: GgufMetadata): UploadedFile["kind"] {
  const type = values["general.type"];
  if (type === "adapter") {
    return "adapter";
  }
  return type === "projector" || type === "mmproj" || architecture === "clip"
    ? "projector"
    : "model";
}

/** Reads an uploaded file's header. */
export async function readUploaded(
  store: ModelStore,
  digest: string,
): Promise<UploadedFile> {
  const size = await store.blobSize(digest);
  if (size === undefined) {
    return refuse(`blob "${digest}" not found; upload it first`);
  }
  const metadata = await readHeader(store, digest);
  const kind = kindOf(metadata);
  return { kind, layer: layerOf(kind, { digest, size }), metadata };
}

async function readHeader(
  store: ModelStore,
  digest: string,
): Promise<GgufMetadata> {
  try {
    return await readGguf(store.blobPath(digest));
  } catch (cause) {
    if (!(cause instanceof GgufError)) {
      throw cause;
    }
    // Else nobody could upload it again: the server would say it has it.
    const damaged = await store.removeDamagedBlob(digest);
    const text = damaged
      ? `blob "${digest}" was damaged and is removed; upload it again`
      : `supplied file was not in GGUF format: ${cause.message}`;
    throw new ServerError("bad_request", text, { cause });
  }
}
