/**
 * Makes a model of another one, or of an uploaded GGUF file.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { type GgufMetadata, readGguf } from "./gguf.ts";
import { GgufError } from "./gguf_reader.ts";
import { humanCount } from "./human_count.ts";
import {
  createManifest,
  isDigest,
  type Layer,
  type LayerKind,
  layerOf,
  layersOfKind,
  MEDIA_TYPES,
  type ModelConfig,
} from "./manifest.ts";
import { parseModelName } from "./name.ts";
import { checkedOption, isOptionName } from "./parameters.ts";
import type { Registry } from "./registry.ts";
import type { ModelStore } from "./store.ts";

/** What is asked for; names are those of `POST /api/create`. */
export interface CreateInput {
  readonly model: string;
  readonly name?: string;
  readonly from: string;
  /** File names to digests of uploaded blobs. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  readonly adapters?: Readonly<Record<string, string>> | undefined;
  readonly template: string;
  /** A text or a list of texts. */
  readonly license?: unknown;
  readonly system: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly messages: readonly object[];
  readonly quantize: string;
  readonly quantization: string;
}

/** One line of progress. */
export interface CreateProgress {
  readonly status: string;
}

function refuse(message: string): never {
  throw new ServerError("bad_request", message);
}

/** The digest of the only file there may be. */
function onlyFile(files: Readonly<Record<string, string>>): string {
  const [first, ...more] = Object.entries(files);
  if (first === undefined) {
    return refuse("no files provided to convert");
  }
  for (const [path, digest] of [first, ...more]) {
    if (/^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(path)) {
      refuse("file path must be relative");
    }
    if (!isDigest(digest)) {
      refuse("invalid digest format");
    }
  }
  if (more.length > 0) {
    refuse(
      "only one GGUF file is supported; merge a split file first " +
        "(llama-gguf-split --merge)",
    );
  }
  return first[1];
}

/** The header of an uploaded file. */
async function readUploaded(
  store: ModelStore,
  digest: string,
): Promise<{ metadata: GgufMetadata; size: number }> {
  const size = await store.blobSize(digest);
  if (size === undefined) {
    return refuse(`blob "${digest}" not found; upload it first`);
  }
  try {
    return { metadata: await readGguf(store.blobPath(digest)), size };
  } catch (error) {
    if (error instanceof GgufError) {
      const text = `supplied file was not in GGUF format: ${error.message}`;
      throw new ServerError("bad_request", text, { cause: error });
    }
    throw error;
  }
}

/** The layers a new model begins with. */
interface Base {
  readonly layers: readonly Layer[];
  readonly metadata: GgufMetadata;
}

async function* baseOf(
  input: CreateInput,
  store: ModelStore,
  registry: Pick<Registry, "resolve">,
): AsyncGenerator<CreateProgress, Base> {
  if (input.files !== undefined) {
    const digest = onlyFile(input.files);
    yield { status: "parsing GGUF" };
    const { metadata, size } = await readUploaded(store, digest);
    return { layers: [layerOf("model", { digest, size })], metadata };
  }
  if (input.from !== "") {
    const model = await registry.resolve(input.from);
    const { manifest } = await store.read(model.name);
    return { layers: manifest.layers, metadata: model.metadata };
  }
  return refuse("neither 'from' or 'files' was specified");
}

async function adapterLayers(
  input: CreateInput,
  store: ModelStore,
): Promise<Layer[]> {
  const adapters = Object.entries(input.adapters ?? {});
  if (adapters.length === 0) {
    return [];
  }
  if (adapters.length > 1) {
    refuse("only one adapter is currently supported");
  }
  const digest = onlyFile(Object.fromEntries(adapters));
  const { size } = await readUploaded(store, digest);
  return [layerOf("adapter", { digest, size })];
}

function checkedParameters(
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries = Object.entries(parameters).map(([name, value]) => {
    const listed = name === "stop" && typeof value === "string"
      ? [value]
      : value;
    return [name, isOptionName(name) ? checkedOption(name, listed) : listed];
  });
  return Object.fromEntries(entries);
}

function licenseTexts(license: unknown): string[] {
  const texts = [license ?? []].flat();
  return texts.every((each) => typeof each === "string")
    ? texts.filter((each) => each !== "")
    : refuse("license must be a string or a list of strings");
}

/** Texts that become layers, in Ollama's order. */
async function textLayers(
  input: CreateInput,
  base: Base,
  store: ModelStore,
): Promise<(readonly [LayerKind, string])[]> {
  const texts: (readonly [LayerKind, string])[] = [];
  if (input.template !== "") {
    texts.push(["template", input.template]);
  }
  if (input.system !== "") {
    texts.push(["system", input.system]);
  }
  for (const license of licenseTexts(input.license)) {
    texts.push(["license", license]);
  }
  if (Object.keys(input.parameters).length > 0) {
    const old = layersOfKind(base, "params")[0];
    const inherited = old === undefined
      ? {}
      : JSON.parse(await store.readBlobText(old.digest));
    const parameters = checkedParameters(input.parameters);
    texts.push(["params", JSON.stringify({ ...inherited, ...parameters })]);
  }
  if (input.messages.length > 0) {
    texts.push(["messages", JSON.stringify(input.messages)]);
  }
  return texts;
}

function configOf(
  metadata: GgufMetadata,
  layers: readonly Layer[],
): ModelConfig {
  return {
    model_format: "gguf",
    model_family: metadata.architecture,
    model_families: [metadata.architecture],
    model_type: humanCount(metadata.parameterCount),
    file_type: metadata.quantization,
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map((each) => each.digest) },
  };
}

function layerStatus(digest: string, existed: boolean): CreateProgress {
  return {
    status: `${existed ? "using existing" : "creating new"} layer ${digest}`,
  };
}

/** Replaces the base's layers of the kinds that are given anew. */
function withoutKinds(
  layers: readonly Layer[],
  kinds: readonly LayerKind[],
): Layer[] {
  const types = kinds.map((kind) => MEDIA_TYPES[kind] as string);
  return layers.filter((layer) => !types.includes(layer.mediaType));
}

/**
 * Makes the model and tells how it goes; the last line is `success`. Errors
 * are thrown as {@linkcode ServerError}.
 */
export async function* createModel(
  store: ModelStore,
  registry: Pick<Registry, "resolve">,
  input: CreateInput,
): AsyncGenerator<CreateProgress> {
  const wished = parseModelName(input.model || (input.name ?? ""));
  if (input.quantize || input.quantization) {
    refuse("quantizing is not supported here; upload a quantized GGUF file");
  }
  const base = yield* baseOf(input, store, registry);
  const adapters = await adapterLayers(input, store);
  const texts = await textLayers(input, base, store);
  const replaced = new Set(texts.map(([kind]) => kind));
  const layers = [...withoutKinds(base.layers, [...replaced]), ...adapters];
  for (const { digest } of layers) {
    yield layerStatus(digest, true);
  }
  for (const [kind, text] of texts) {
    const blob = await store.putBlob(text);
    layers.push(layerOf(kind, blob));
    yield layerStatus(blob.digest, blob.existed);
  }
  const config = configOf(base.metadata, layers);
  yield { status: "writing manifest" };
  await store.exclusive(async () => {
    const name = await store.find(wished) ?? wished;
    // Deleting a model may have pruned blobs in the meantime.
    for (const [, text] of texts) {
      await store.putBlob(text);
    }
    for (const { digest } of layers) {
      if (!await store.hasBlob(digest)) {
        refuse(`blob "${digest}" was deleted in the meantime`);
      }
    }
    const blob = await store.putBlob(JSON.stringify(config));
    await store.write(name, createManifest(blob, layers));
  });
  yield { status: "success" };
}
