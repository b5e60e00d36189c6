/**
 * Which native library an engine or a probe opens, by the environment.
 *
 * @module
 */

import { VARIABLES } from "../config.ts";
import type { GpuFlavour } from "../messages.ts";

/** What to look for, and where. */
export interface LibraryOptions {
  readonly flavour: GpuFlavour;
  /** The folder a person named, "" for the usual places. */
  readonly folder: string;
  readonly cacheFolder: string;
}

/** The user's cache folder, as this operating system has it. */
function cacheFolder(
  environment: (name: string) => string | undefined,
): string {
  const home = environment("HOME");
  const base = environment("XDG_CACHE_HOME") ?? environment("LOCALAPPDATA") ??
    (home === undefined ? environment("TMPDIR") ?? "/tmp" : `${home}/.cache`);
  return `${base}/tally`;
}

/** Reads the environment. */
export function libraryOptions(
  flavour: GpuFlavour,
  environment: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): LibraryOptions {
  return {
    flavour,
    folder: environment(VARIABLES.libraryDir.name) ?? "",
    cacheFolder: cacheFolder(environment),
  };
}
