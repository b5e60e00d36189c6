/**
 * From a name to everything the store knows of the model.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { ChatMessage } from "../generation.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { type GgufMetadata, readGguf } from "./gguf.ts";
import { type LayerKind, layersOfKind } from "./manifest.ts";
import type { ResolvedModel } from "./model.ts";
import { type ModelName, parseModelName, shortName } from "./name.ts";
import { allLayers, type ModelStore, type StoredManifest } from "./store.ts";

/** Headers of files that are remembered. */
const KEPT_HEADERS = 256;

/** Models by name. */
export class Registry {
  readonly #store: ModelStore;
  readonly #warn: (message: string) => void;
  /** By path of the manifest's name; valid while the file is not rewritten. */
  readonly #models = new Map<string, ResolvedModel>();
  readonly #headers = new Map<string, Promise<GgufMetadata>>();

  constructor(
    store: ModelStore,
    warn: (message: string) => void = console.warn,
  ) {
    this.#store = store;
    this.#warn = warn;
  }

  /** The model of a name. Throws `not_found` or, for no name, `bad_request`. */
  async resolve(text: string): Promise<ResolvedModel> {
    const name = await this.#store.find(parseModelName(text));
    if (name === undefined) {
      throw new ServerError("not_found", `model '${text}' not found`);
    }
    return await this.#load(name);
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
    const path = await this.#store.find(target) ?? target;
    await this.#store.exclusive(async () => {
      const { manifest } = await this.#store.read(name);
      await this.#store.write(path, manifest);
    });
  }

  /** Removes a name, and the blobs that no other model needs. */
  async delete(text: string): Promise<void> {
    const name = await this.#store.find(parseModelName(text));
    if (name === undefined) {
      throw new ServerError("not_found", `model '${text}' not found`);
    }
    await this.#store.exclusive(async () => {
      const stored = await this.#store.read(name).catch(() => undefined);
      await this.#store.remove(name);
      this.#models.delete(shortName(name));
      await this.#store.prune(stored ? allLayers(stored.manifest) : []);
    });
  }

  async #tryLoad(name: ModelName): Promise<ResolvedModel | undefined> {
    try {
      return await this.#load(name);
    } catch (error) {
      this.#warn(`model ${shortName(name)} is left out of lists: ${error}`);
      return undefined;
    }
  }

  async #load(name: ModelName): Promise<ResolvedModel> {
    const key = shortName(name);
    const modifiedAt = await this.#store.modifiedAt(name);
    const known = this.#models.get(key);
    if (
      known !== undefined &&
      known.modifiedAt.getTime() === modifiedAt?.getTime()
    ) {
      return known;
    }
    const model = await this.#read(await this.#store.read(name));
    this.#models.set(key, model);
    return model;
  }

  async #read(stored: StoredManifest): Promise<ResolvedModel> {
    const { name, manifest, digest, modifiedAt } = stored;
    const weights = layersOfKind(manifest, "model")[0];
    if (weights === undefined) {
      throw new ServerError("load_failed", "the manifest names no weights");
    }
    const metadata = await this.#header(weights.digest);
    const texts = (kind: LayerKind) =>
      Promise.all(
        layersOfKind(manifest, kind)
          .map((layer) => this.#store.readBlobText(layer.digest)),
      );
    const [template] = await texts("template");
    const [system] = await texts("system");
    const [parameters = "{}"] = await texts("params");
    const [messages = "[]"] = await texts("messages");
    const adapters = layersOfKind(manifest, "adapter");
    return {
      name,
      shortName: shortName(name),
      digest,
      size: allLayers(manifest).reduce((sum, layer) => sum + layer.size, 0),
      modifiedAt,
      weightsPath: this.#store.blobPath(weights.digest),
      weightsDigest: weights.digest,
      adapterPaths: adapters.map((each) => this.#store.blobPath(each.digest)),
      metadata,
      capabilities: capabilitiesOf(metadata, template),
      ...(template === undefined ? {} : { template }),
      ...(system === undefined ? {} : { system }),
      parameters: JSON.parse(parameters),
      messages: JSON.parse(messages) as ChatMessage[],
      license: await texts("license"),
    };
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
