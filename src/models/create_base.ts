/**
 * What a new model begins with: another model, or uploaded GGUF files.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { CreateInput, CreateProgress, Pull } from "./create_input.ts";
import type { GgufMetadata } from "./gguf.ts";
import type { Layer, ModelConfig } from "./manifest.ts";
import { displayName } from "./name.ts";
import type { ResolvedModel } from "./model.ts";
import type { Registry } from "./registry.ts";
import type { Weights } from "./rewrite.ts";
import type { ModelStore } from "./store.ts";
import { digestsOf, readUploaded, type UploadedFile } from "./uploaded_file.ts";

function refuse(message: string): never {
  throw new ServerError("bad_request", message);
}

/** What a new model begins with. */
export interface Base {
  readonly layers: readonly Layer[];
  readonly metadata: GgufMetadata;
  readonly weights: Weights;
  /** Digest of weights that were written anew. */
  readonly created?: string;
  /** Of the model it is made from. */
  readonly config?: Partial<ModelConfig>;
}

/** Pulls a model. Where it cannot be had, `missing` is the error to tell. */
async function* pulled(
  from: string,
  pull: Pull,
  missing: ServerError,
): AsyncGenerator<CreateProgress> {
  const lines = pull(from);
  let arrived = false;
  const begun = [];
  try {
    for await (const line of lines) {
      // Held back until more is known, so that a failure has its own status.
      begun.push(line);
      arrived ||= begun.length > 1;
      if (arrived) {
        yield* begun.splice(0).filter(({ status }) => status !== "success");
      }
    }
  } catch (cause) {
    if (arrived || !(cause instanceof ServerError)) {
      throw cause;
    }
    const reason = cause.kind === "not_found" ? "" : `: ${cause.message}`;
    throw new ServerError("not_found", missing.message + reason, { cause });
  }
}

/** The model of a name, pulled when it is not here. */
async function* parentOf(
  from: string,
  registry: Pick<Registry, "resolve">,
  pull: Pull | undefined,
): AsyncGenerator<CreateProgress, ResolvedModel> {
  try {
    return await registry.resolve(from);
  } catch (error) {
    const missing = error instanceof ServerError && error.kind === "not_found";
    if (!missing || pull === undefined) {
      throw error;
    }
    yield* pulled(from, pull, error);
    return await registry.resolve(from);
  }
}

/** Reads what a model is to be made of. */
export async function* baseOf(
  input: Pick<CreateInput, "from" | "files">,
  store: ModelStore,
  registry: Pick<Registry, "resolve">,
  pull?: Pull,
): AsyncGenerator<CreateProgress, Base> {
  if (input.from !== "") {
    const model = yield* parentOf(input.from, registry, pull);
    const { manifest } = await store.read(model.name);
    const config = JSON.parse(await store.readBlobText(manifest.config.digest));
    const weights = wholeFile(model.weightsDigest, model.metadata);
    const from = displayName(model.name);
    const layers = manifest.layers.map((layer) => ({ ...layer, from }));
    return { layers, metadata: model.metadata, weights, config };
  }
  if (input.files !== undefined) {
    return yield* uploadedBase(input.files, store);
  }
  return refuse("neither 'from' or 'files' was specified");
}

function wholeFile(digest: string, metadata: GgufMetadata): Weights {
  return { digests: [digest], metadata, size: metadata.tensorBytes };
}

/** The one model among the files, whole or in parts. */
function weightsOf(files: readonly UploadedFile[]): Weights {
  const models = files.filter(({ kind }) => kind === "model");
  const [first, second] = models.toSorted((a, b) =>
    (a.metadata.part?.index ?? 0) - (b.metadata.part?.index ?? 0)
  );
  if (first === undefined) {
    return refuse("one of the files must be a model; none is");
  }
  if (first.metadata.part === undefined) {
    return second === undefined
      ? wholeFile(first.layer.digest, first.metadata)
      : refuse("one of the files must be a model; several are");
  }
  return partsOf(models, first.metadata.part.count);
}

/** Parts of one split file, each of them once. */
function partsOf(files: readonly UploadedFile[], count: number): Weights {
  const parts = Array.from({ length: count }, (_, index) => {
    const found = files.find(({ metadata: { part } }) =>
      part?.index === index && part.count === count
    );
    return found ??
      refuse(`part ${index + 1} of the ${count} of the split GGUF is missing`);
  });
  const [first] = parts;
  if (first === undefined || files.length !== count) {
    return refuse("one of the files must be a model; several are");
  }
  return {
    digests: parts.map(({ layer }) => layer.digest),
    metadata: first.metadata,
    size: parts.reduce((sum, { layer }) => sum + layer.size, 0),
  };
}

async function* uploadedBase(
  files: Readonly<Record<string, string>>,
  store: ModelStore,
): AsyncGenerator<CreateProgress, Base> {
  const uploaded = [];
  for (const digest of digestsOf(files)) {
    yield { status: "parsing GGUF" };
    uploaded.push(await readUploaded(store, digest));
  }
  const weights = weightsOf(uploaded);
  const layers = uploaded.map(({ layer }) => layer);
  return { layers, metadata: weights.metadata, weights };
}
