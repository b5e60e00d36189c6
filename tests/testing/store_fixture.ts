/**
 * A store of models in a folder of its own, with a registry over it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { createModel, type CreateOptions } from "../../src/models/create.ts";
import type { CreateInput } from "../../src/models/create_input.ts";
import { Registry } from "../../src/models/registry.ts";
import { ModelStore } from "../../src/models/store.ts";
import { tinyGguf } from "./tiny_gguf.ts";

/** The digest that content has as a blob. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A store in a folder of its own, with a registry over it. */
export class StoreFixture implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly store = new ModelStore(this.folder);
  readonly warnings: string[] = [];
  readonly registry = new Registry(
    this.store,
    (text) => this.warnings.push(text),
  );

  /** Stores a file as a blob; its digest. */
  async uploadBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const digest = digestOf(bytes);
    await this.store.writeBlob(digest, new Blob([bytes]).stream());
    return digest;
  }

  /** Stores weights; their digest. */
  upload(seed = 1): Promise<string> {
    return this.uploadBytes(tinyGguf(seed));
  }

  creating(
    input: Partial<CreateInput>,
    options?: CreateOptions,
  ): ReturnType<typeof createModel> {
    const nothing = {
      model: "",
      from: "",
      template: "",
      system: "",
      parameters: {},
      messages: [],
      quantize: "",
      quantization: "",
    };
    const whole = { ...nothing, ...input };
    return createModel(this.store, this.registry, whole, options);
  }

  /** Makes a model; the lines it told. */
  async create(
    input: Partial<CreateInput>,
    options?: CreateOptions,
  ): Promise<string[]> {
    const lines = await Array.fromAsync(this.creating(input, options));
    return lines.map((each) => each.status);
  }

  /** Files of the blobs folder. */
  blobs(): string[] {
    return [...Deno.readDirSync(`${this.folder}/blobs`)]
      .map((each) => each.name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
