/**
 * The models folder, laid out as Ollama's, so that either program can use
 * what the other has stored: `manifests/<host>/<namespace>/<model>/<tag>` and
 * `blobs/sha256-<hex>`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Blobs, type PutBlob } from "./blobs.ts";
import {
  type Layer,
  type Manifest,
  manifestText,
  parseManifest,
} from "./manifest.ts";
import { isValidName, type ModelName } from "./name.ts";

/** A manifest as it lies in the store. */
export interface StoredManifest {
  /** Case as in the store. */
  readonly name: ModelName;
  readonly manifest: Manifest;
  /** As it was written, to the byte. */
  readonly text: string;
  /** SHA-256 of the file, 64 hex digits. */
  readonly digest: string;
  readonly modifiedAt: Date;
}

/** A file's state, to tell whether it was written since. */
export interface FileStamp {
  readonly modifiedAt: Date;
  /** Differs for every file that was renamed into place. */
  readonly version: string;
}

/** The parts of a name, in the order of the folders. */
const PARTS = ["host", "namespace", "model", "tag"] as const;

async function entries(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) {
      return [];
    }
    throw error;
  }
}

/** Manifests and blobs of one folder. */
export class ModelStore {
  readonly folder: string;
  readonly #manifests: string;
  readonly #blobs: Blobs;
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
    this.#manifests = `${folder}/manifests`;
    this.#blobs = new Blobs(`${folder}/blobs`);
  }

  /**
   * Removes what crashes have left and, with `prune`, blobs that no model
   * needs, unless a manifest cannot be read: its blobs would be lost.
   */
  async open({ prune = false } = {}): Promise<void> {
    await this.#blobs.removeLeftOvers();
    const needed = prune ? await this.#neededBlobs() : undefined;
    if (needed !== undefined) {
      await this.#blobs.removeUnneeded(needed);
    }
  }

  hasBlob(digest: string): Promise<boolean> {
    return this.#blobs.has(digest);
  }

  blobSize(digest: string): Promise<number | undefined> {
    return this.#blobs.size(digest);
  }

  blobPath(digest: string): string {
    return this.#blobs.path(digest);
  }

  readBlobText(digest: string): Promise<string> {
    return this.#blobs.readText(digest);
  }

  /** Removes a blob that has not the content it should; whether it did. */
  removeDamagedBlob(digest: string): Promise<boolean> {
    return this.#blobs.removeDamaged(digest);
  }

  /** Stores a stream whose SHA-256 must be `digest`. */
  writeBlob(
    digest: string,
    content: ReadableStream<Uint8Array>,
  ): Promise<void> {
    return this.#blobs.write(digest, content);
  }

  putBlob(content: Uint8Array | string): Promise<PutBlob> {
    return this.#blobs.put(content);
  }

  /** A path for a file that is to become a blob; a crash leaves no more. */
  unfinishedPath(): Promise<string> {
    return this.#blobs.unfinishedPath();
  }

  /** Makes a blob of a file at an {@linkcode unfinishedPath}. */
  adoptBlob(path: string): Promise<PutBlob> {
    return this.#blobs.adopt(path);
  }

  /** Runs changes one after the other, so that none prunes another's blobs. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#last.then(change);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Every name there is a manifest file for, whatever is in it. */
  async names(): Promise<ModelName[]> {
    const names: ModelName[] = [];
    for (const host of await entries(this.#manifests)) {
      const hosts = `${this.#manifests}/${host.name}`;
      for (const space of await entries(hosts)) {
        const models = `${hosts}/${space.name}`;
        for (const model of await entries(models)) {
          for (const tag of await entries(`${models}/${model.name}`)) {
            const name = {
              host: host.name,
              namespace: space.name,
              model: model.name,
              tag: tag.name,
            };
            if (!tag.isDirectory && isValidName(name)) {
              names.push(name);
            }
          }
        }
      }
    }
    return names;
  }

  /** The name in the store that is the same but for case, if there is one. */
  async find(name: ModelName): Promise<ModelName | undefined> {
    if (this.stamp(name) !== undefined) {
      return name;
    }
    const stored = await this.inStoredCase(name);
    return this.stamp(stored) === undefined ? undefined : stored;
  }

  /** The name with every part that the store has in the store's case. */
  async inStoredCase(name: ModelName): Promise<ModelName> {
    const stored = { ...name };
    let folder = this.#manifests;
    for (const part of PARTS) {
      const wanted = name[part];
      const alike = (await entries(folder)).map((entry) => entry.name)
        .filter((each) => each.toLowerCase() === wanted.toLowerCase());
      stored[part] = alike.includes(wanted) ? wanted : alike[0] ?? wanted;
      folder += `/${stored[part]}`;
    }
    return stored;
  }

  /**
   * The state of this very name's manifest, undefined when there is none. At
   * once, as every request asks: microseconds, where waiting for another
   * thread takes milliseconds while all cores compute.
   */
  stamp(name: ModelName): FileStamp | undefined {
    try {
      const { mtime, isFile, size, ino } = Deno.statSync(this.#path(name));
      const modifiedAt = mtime ?? new Date(0);
      const version = `${modifiedAt.getTime()} ${size} ${ino}`;
      return isFile ? { modifiedAt, version } : undefined;
    } catch (error) {
      if (
        error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory
      ) {
        return undefined;
      }
      throw error;
    }
  }

  /** Reads a manifest. Throws `SyntaxError` or `NotFound`. */
  async read(name: ModelName): Promise<StoredManifest> {
    const path = this.#path(name);
    const { mtime } = await Deno.stat(path);
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder().decode(bytes);
    return {
      name,
      manifest: parseManifest(text),
      text,
      digest: createHash("sha256").update(bytes).digest("hex"),
      modifiedAt: mtime ?? new Date(0),
    };
  }

  /** Writes a manifest, given as text where its bytes matter. */
  async write(name: ModelName, manifest: Manifest | string): Promise<void> {
    const text = typeof manifest === "string"
      ? manifest
      : manifestText(manifest);
    const path = this.#path(name);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await this.#blobs.writeAtomically(path, new Blob([text]).stream());
  }

  /** Writes a manifest, and removes what only the one before it needed. */
  async replace(name: ModelName, manifest: Manifest | string): Promise<void> {
    const old = await this.read(name).catch(() => undefined);
    await this.write(name, manifest);
    await this.prune(old ? allLayers(old.manifest) : []);
  }

  /** Removes a manifest and the folders it leaves empty. */
  async remove(name: ModelName): Promise<void> {
    let path = this.#path(name);
    await Deno.remove(path);
    for (let level = 0; level < 3; level++) {
      path = path.slice(0, path.lastIndexOf("/"));
      try {
        await Deno.remove(path);
      } catch {
        return; // Not empty.
      }
    }
  }

  /** Removes those of the blobs that no manifest needs. */
  async prune(layers: readonly Layer[]): Promise<void> {
    const names = await this.names();
    const manifests = await Promise.all(
      names.map((name) => this.read(name).catch(() => undefined)),
    );
    const needed = new Set(
      manifests.flatMap((each) => each ? allLayers(each.manifest) : [])
        .map((layer) => layer.digest),
    );
    for (const { digest } of layers) {
      if (!needed.has(digest)) {
        await this.#blobs.remove(digest);
      }
    }
  }

  /** Digests in all manifests; undefined when one cannot be read. */
  async #neededBlobs(): Promise<Set<string> | undefined> {
    const needed = new Set<string>();
    for (const name of await this.names()) {
      try {
        const { manifest } = await this.read(name);
        allLayers(manifest).forEach(({ digest }) => needed.add(digest));
      } catch {
        return undefined;
      }
    }
    return needed;
  }

  #path({ host, namespace, model, tag }: ModelName): string {
    return `${this.#manifests}/${host}/${namespace}/${model}/${tag}`;
  }
}

/** Layers and config. */
export function allLayers(manifest: Manifest): readonly Layer[] {
  return [...manifest.layers, manifest.config];
}
