/**
 * Models that lie in a real registry, for tests that pull them.
 *
 * @module
 */

import { parseModelName } from "../../src/models/name.ts";
import type { DockerRegistry } from "./docker_registry.ts";
import { digestOf, manifestOf, randomBytes } from "./registry_fake.ts";
import { TransferBench } from "./registry_transfers.ts";

/** A model in a registry. */
export interface PushedModel {
  /** Without the host. */
  readonly path: string;
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly digest: string;
}

/** Puts random weights and a config into a bench's store. */
export async function storeModel(
  { store }: TransferBench,
  model: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const [weights, config] = [randomBytes(size), randomBytes(50)];
  await store.putBlob(weights);
  await store.putBlob(config);
  await store.write(parseModelName(model), manifestOf([weights], config));
  return weights;
}

/** Pushes a model whose weights have so many bytes. */
export async function pushModel(
  registry: DockerRegistry,
  size: number,
): Promise<PushedModel> {
  await using bench = await TransferBench.make({ uploadChunkBytes: size });
  const path = "someone/weights";
  const weights = await storeModel(bench, `${registry.host}/${path}`, size);
  await bench.push(`${registry.host}/${path}`);
  return { path, weights, digest: digestOf(weights) };
}
