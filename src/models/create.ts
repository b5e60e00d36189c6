/**
 * Makes a model of another one, or of an uploaded GGUF file.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { type Base, baseOf } from "./create_base.ts";
import { statedFacts } from "./create_info.ts";
import type { CreateInput, CreateProgress, Pull } from "./create_input.ts";
import { descriptionOf } from "./description.ts";
import { readGguf } from "./gguf.ts";
import { goJson, goJsonMap } from "./go_json.ts";
import {
  createManifest,
  type Layer,
  type LayerKind,
  layerOf,
  layersOfKind,
  MEDIA_TYPES,
  type ModelConfig,
} from "./manifest.ts";
import { parseModelName } from "./name.ts";
import { checkedParameters } from "./parameters.ts";
import type { Registry } from "./registry.ts";
import {
  needsRewrite,
  type RewriteOptions,
  rewriteWeights,
  type WantedType,
  wantedType,
} from "./rewrite.ts";
import type { ModelStore } from "./store.ts";
import { digestsOf, readUploaded } from "./uploaded_file.ts";

/** What making a model needs of the rest of the server. */
export interface CreateOptions extends RewriteOptions {
  /** Throws for a text that is no Go template. */
  readonly checkTemplate?: ((text: string) => void) | undefined;
  /** Fetches a model that is not here. */
  readonly pull?: Pull | undefined;
}

function refuse(message: string): never {
  throw new ServerError("bad_request", message);
}

/** The base with its weights as they are wished for. */
async function* withWeights(
  base: Base,
  wanted: WantedType | undefined,
  store: ModelStore,
  options: RewriteOptions,
): AsyncGenerator<CreateProgress, Base> {
  if (!needsRewrite(base.weights, wanted)) {
    return base;
  }
  const { weights } = base;
  const blob = yield* rewriteWeights(store, weights, wanted, options);
  const isPart = ({ digest }: Layer) => weights.digests.includes(digest);
  return {
    ...base,
    layers: base.layers.filter((layer) =>
      !isPart(layer) || layer.digest === weights.digests[0]
    ).map((layer) => isPart(layer) ? layerOf("model", blob) : layer),
    metadata: await readGguf(store.blobPath(blob.digest)),
    ...(blob.existed ? {} : { created: blob.digest }),
  };
}

/** The adapters to be added, which must fit the base. */
async function adapterLayers(
  input: CreateInput,
  base: Base,
  store: ModelStore,
): Promise<Layer[]> {
  if (Object.keys(input.adapters ?? {}).length === 0) {
    return [];
  }
  const [digest = "", ...more] = digestsOf(input.adapters ?? {});
  if (more.length > 0) {
    refuse("only one adapter is currently supported");
  }
  const { kind, layer, metadata } = await readUploaded(store, digest);
  if (kind !== "adapter" || metadata.values["adapter.type"] !== "lora") {
    refuse("the adapter's file is no LoRA adapter");
  }
  const [made, given] = [metadata.architecture, base.metadata.architecture];
  if (made !== given) {
    refuse(`the adapter is for ${made} models, and the model is ${given}`);
  }
  const known = base.layers.some((each) => each.digest === digest);
  return known ? [] : [layer];
}

function refuseDrafts({ draft_files, draft_quantize }: CreateInput): void {
  if (Object.keys(draft_files ?? {}).length > 0) {
    refuse("draft models are not supported: leave DRAFT out");
  }
  if (draft_quantize) {
    refuse("--draft-quantize requires a DRAFT model");
  }
}

function refuseRemotes({ remote_host }: CreateInput): void {
  if (remote_host) {
    refuse(
      "models that run on another server are not supported: " +
        "leave remote_host out",
    );
  }
}

function licenseTexts(license: unknown): string[] {
  const texts = [license ?? []].flat();
  return texts.every((each) => typeof each === "string")
    ? texts.filter((each) => each !== "")
    : refuse("license must be a string or a list of strings");
}

function checkTemplate(template: string, options: CreateOptions): void {
  try {
    options.checkTemplate?.(template);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError("bad_request", `template error: ${reason}`, {
      cause,
    });
  }
}

/** PARAMETER values of the base and of the request; null takes one away. */
async function mergedParameters(
  input: CreateInput,
  base: Base,
  store: ModelStore,
): Promise<Record<string, unknown>> {
  const old = layersOfKind(base, "params")[0];
  const inherited = old === undefined
    ? {}
    : JSON.parse(await store.readBlobText(old.digest));
  const merged = { ...inherited, ...checkedParameters(input.parameters) };
  return Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== null),
  );
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
    const parameters = await mergedParameters(input, base, store);
    texts.push(["params", goJsonMap(parameters)]);
  }
  if (input.messages.length > 0) {
    texts.push(["messages", goJson(input.messages)]);
  }
  return texts;
}

/** With what Ollama carries over, so that its renderers go on working. */
function configOf(
  input: CreateInput,
  { metadata, config = {} }: Base,
): ModelConfig {
  const renderer = input.renderer || config.renderer;
  const parser = input.parser || config.parser;
  const requires = input.requires || config.requires;
  const stated = statedFacts(input.info);
  const capabilities = [
    ...config.capabilities ?? [],
    ...stated.capabilities ?? [],
  ];
  // Requantizing changes the file's facts, so the base's config has no say.
  const { context_length, embedding_length, ...described } = descriptionOf(
    metadata,
    stated,
  );
  return {
    ...described,
    ...(renderer ? { renderer } : {}),
    ...(parser ? { parser } : {}),
    ...(requires ? { requires } : {}),
    ...(capabilities.length > 0
      ? { capabilities: [...new Set(capabilities)] }
      : {}),
    ...(stated.context_length ? { context_length } : {}),
    ...(stated.embedding_length ? { embedding_length } : {}),
    ...(stated.base_name ? { base_name: stated.base_name } : {}),
    architecture: "amd64",
    os: "linux",
  };
}

function layerStatus(digest: string, existed: boolean): CreateProgress {
  return {
    status: `${existed ? "using existing" : "creating new"} layer ${digest}`,
  };
}

/** The base's layers but those of kinds that are given anew. */
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
  options: CreateOptions = {},
): AsyncGenerator<CreateProgress> {
  const wished = parseModelName(input.model || (input.name ?? ""));
  const wanted = wantedType(input.quantize || input.quantization);
  statedFacts(input.info);
  refuseDrafts(input);
  refuseRemotes(input);
  const given = yield* baseOf(input, store, registry, options.pull);
  checkTemplate(input.template, options);
  const adapters = await adapterLayers(input, given, store);
  const texts = await textLayers(input, given, store);
  const base = yield* withWeights(given, wanted, store, options);
  // A licence of the base stays in force beside a further one.
  const replaced = texts.map(([kind]) => kind)
    .filter((kind) => kind !== "license");
  const layers = [...withoutKinds(base.layers, replaced), ...adapters];
  for (const { digest } of layers) {
    yield layerStatus(digest, digest !== base.created);
  }
  for (const [kind, text] of texts) {
    const blob = await store.putBlob(text);
    if (!layers.some(({ digest }) => digest === blob.digest)) {
      layers.push(layerOf(kind, blob));
    }
    yield layerStatus(blob.digest, blob.existed);
  }
  yield { status: "writing manifest" };
  await store.exclusive(async () => {
    // Deleting a model may have pruned blobs in the meantime.
    for (const [, text] of texts) {
      await store.putBlob(text);
    }
    for (const { digest } of layers) {
      if (!await store.hasBlob(digest)) {
        refuse(`blob "${digest}" was deleted in the meantime`);
      }
    }
    const config = await store.putBlob(goJson(configOf(input, base)));
    const name = await store.inStoredCase(wished);
    await store.replace(name, createManifest(config, layers));
  });
  yield { status: "success" };
}
