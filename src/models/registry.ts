/**
 * From a name to everything the store knows of the model.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { type GgufMetadata, readGguf } from "./gguf.ts";
import {
  type LayerKind,
  layersOfKind,
  type Manifest,
  type ModelConfig,
} from "./manifest.ts";
import { descriptionOf } from "./description.ts";
import type { ResolvedModel } from "./model.ts";
import { type ModelName, parseModelName, shortName } from "./name.ts";
import { parseMessages } from "./stored_messages.ts";
import { allLayers, type ModelStore, type StoredManifest } from "./store.ts";

/** Headers of files that are remembered. */
const KEPT_HEADERS = 256;

/** A model, and the version of the manifest file that it was read from. */
interface KnownModel {
  readonly version: string;
  readonly model: ResolvedModel;
}

function parseParameters(text: string): Record<string, unknown> {
  const value = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError("its parameters are not a map");
  }
  return value;
}

/** What a config blob says that only Ollama uses. */
function forOllama(
  { renderer, parser, requires }: Partial<ModelConfig>,
): Pick<ResolvedModel, "renderer" | "parser" | "requires"> {
  return {
    ...(renderer ? { renderer } : {}),
    ...(parser ? { parser } : {}),
    ...(requires ? { requires } : {}),
  };
}

/** Models by name. */
export class Registry {
  readonly #store: ModelStore;
  readonly #warn: (message: string) => void;
  readonly #goTemplate: boolean;
  /** By short name; valid while the manifest file is not rewritten. */
  readonly #models = new Map<string, KnownModel>();
  /** By digest. */
  readonly #headers = new Map<string, Promise<GgufMetadata>>();
  /** What the log was told of broken models, by short name. */
  readonly #warnings = new Map<string, string>();

  constructor(
    store: ModelStore,
    warn: (message: string) => void = console.warn,
    { goTemplate } = { goTemplate: true },
  ) {
    this.#store = store;
    this.#warn = warn;
    this.#goTemplate = goTemplate;
  }

  /**
   * The model of a name. Throws `not_found`, `bad_request` for what is no
   * name, or `load_failed` for a model of which something is missing.
   */
  async resolve(text: string): Promise<ResolvedModel> {
    const name = await this.#find(text);
    try {
      return await this.#load(name);
    } catch (cause) {
      if (cause instanceof ServerError) {
        throw cause;
      }
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ServerError(
        "load_failed",
        `model '${text}' cannot be read: ${reason}`,
        { cause },
      );
    }
  }

  /** Every model that can be read, newest first. */
  async list(): Promise<ResolvedModel[]> {
    const names = await this.#store.names();
    const models = await Promise.all(names.map((name) => this.#tryLoad(name)));
    return models.filter((model) => model !== undefined)
      .sort((a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime());
  }

  /** Gives a model a second name. */
  async copy(source: string, destination: string): Promise<void> {
    const target = parseModelName(destination);
    const { name } = await this.resolve(source);
    await this.#store.exclusive(async () => {
      const { text } = await this.#store.read(name);
      await this.#store.replace(await this.#store.inStoredCase(target), text);
    });
  }

  /** Removes a name, and the blobs that no other model needs. */
  async delete(text: string): Promise<void> {
    await this.#store.exclusive(async () => {
      const name = await this.#find(text);
      const stored = await this.#store.read(name).catch(() => undefined);
      await this.#store.remove(name);
      this.#models.delete(shortName(name));
      await this.#store.prune(stored ? allLayers(stored.manifest) : []);
    });
  }

  async #find(text: string): Promise<ModelName> {
    const name = await this.#store.find(parseModelName(text));
    if (name === undefined) {
      throw new ServerError("not_found", `model '${text}' not found`);
    }
    return name;
  }

  /** Like {@linkcode #load}, but a broken model goes to the log, once. */
  async #tryLoad(name: ModelName): Promise<ResolvedModel | undefined> {
    try {
      return await this.#load(name);
    } catch (error) {
      const key = shortName(name);
      const warning = `model ${key} is left out of lists: ${error}`;
      if (this.#warnings.get(key) !== warning) {
        this.#warnings.set(key, warning);
        this.#warn(warning);
      }
      return undefined;
    }
  }

  async #load(name: ModelName): Promise<ResolvedModel> {
    const key = shortName(name);
    const version = this.#store.stamp(name)?.version;
    const known = this.#models.get(key);
    if (known !== undefined && known.version === version) {
      return known.model;
    }
    const model = await this.#read(await this.#store.read(name));
    if (version !== undefined) {
      this.#models.set(key, { version, model });
    }
    return model;
  }

  async #read(stored: StoredManifest): Promise<ResolvedModel> {
    const { name, manifest, digest, modifiedAt } = stored;
    const weights = layersOfKind(manifest, "model")[0];
    if (weights === undefined) {
      throw new Error("its manifest names no weights");
    }
    await this.#checkBlobs(manifest);
    const metadata = await this.#header(weights.digest);
    const config: Partial<ModelConfig> = JSON.parse(
      await this.#store.readBlobText(manifest.config.digest),
    ) ?? {};
    const texts = (kind: LayerKind) =>
      Promise.all(
        layersOfKind(manifest, kind)
          .map((layer) => this.#store.readBlobText(layer.digest)),
      );
    const [template] = await texts("template");
    const prefersOwn = !this.#goTemplate && template !== undefined &&
      metadata.chatTemplate !== undefined;
    const [system] = await texts("system");
    const [parameters = "{}"] = await texts("params");
    const [messages = "[]"] = await texts("messages");
    const paths = (kind: LayerKind) =>
      layersOfKind(manifest, kind)
        .map((layer) => this.#store.blobPath(layer.digest));
    return {
      name,
      shortName: shortName(name),
      digest,
      size: allLayers(manifest).reduce((sum, layer) => sum + layer.size, 0),
      modifiedAt,
      weightsPath: this.#store.blobPath(weights.digest),
      weightsDigest: weights.digest,
      adapterPaths: paths("adapter"),
      projectorPaths: paths("projector"),
      metadata,
      described: descriptionOf(metadata, config),
      ...(weights.from === undefined ? {} : { parentModel: weights.from }),
      capabilities: capabilitiesOf(
        metadata,
        prefersOwn ? undefined : template,
      ),
      ...(template === undefined ? {} : { template }),
      ...(prefersOwn ? { prefersOwnTemplate: true } : {}),
      ...(system === undefined ? {} : { system }),
      parameters: parseParameters(parameters),
      messages: parseMessages(messages),
      license: await texts("license"),
      ...forOllama(config),
    };
  }

  /** Fails when a file of the model is not there, or not all of it. */
  async #checkBlobs(manifest: Manifest): Promise<void> {
    await Promise.all(
      allLayers(manifest).map(async ({ digest, size }) => {
        const stored = await this.#store.blobSize(digest);
        if (stored !== size) {
          const found = stored === undefined
            ? "is missing"
            : `has ${stored} bytes of ${size}`;
          throw new Error(`its file ${digest} ${found}; create it again`);
        }
      }),
    );
  }

  /** A file's header; what is in a blob never changes. */
  #header(digest: string): Promise<GgufMetadata> {
    const known = this.#headers.get(digest);
    if (known !== undefined) {
      return known;
    }
    const header = readGguf(this.#store.blobPath(digest));
    this.#headers.set(digest, header);
    header.catch(() => this.#headers.delete(digest));
    const oldest = this.#headers.keys().next().value;
    if (this.#headers.size > KEPT_HEADERS && oldest !== undefined) {
      this.#headers.delete(oldest);
    }
    return header;
  }
}
