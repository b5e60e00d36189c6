/**
 * The model that a client of llama-server's means, which has only one.
 *
 * @module
 */

import type { ResolvedModel } from "../models/model.ts";
import { displayName } from "../models/name.ts";
import type { AppDeps } from "./deps.ts";
import { findModel, modelRequired, notFound } from "./model_lookup.ts";

/**
 * The model of that name; without a name the one that is loaded, or the only
 * one there is. Throws a `bad_request` when it could be several.
 */
export async function meantModel(
  { registry, inference }: AppDeps,
  name: string | null | undefined,
): Promise<ResolvedModel> {
  if (name) {
    const words = { unnamed: modelRequired(), unknown: notFound };
    return await findModel(registry, name, words);
  }
  const loaded = inference.loaded().map(({ model }) => model);
  const [only, ...others] = loaded.length > 0 ? loaded : await registry.list();
  if (only === undefined || others.length > 0) {
    throw modelRequired();
  }
  return await registry.resolve(displayName(only.name));
}
