/**
 * Finds the native library: in the folder that was named, else in the
 * executable, else in the platform's npm package.
 *
 * @module
 */

import { extractEmbedded } from "./embedded.ts";
import { LlamaError } from "./errors.ts";
import {
  candidates,
  type Flavour,
  type Machine,
  packageOf,
  thisMachine,
} from "./flavour.ts";
import { type LlamaLibrary, openFolder } from "./library.ts";

/** Where to look and what for. */
export interface OpenOptions {
  /** Only this folder; "" looks in the usual places. */
  readonly folder: string;
  /** Where the copy in the executable is extracted to. */
  readonly cacheFolder: string;
  readonly flavour: Flavour | "auto";
}

/** What the search touches; tests make it up. */
export interface Surroundings {
  readonly machine: Machine;
  /** Folder of the executable's own copy, undefined when it has none. */
  readonly embedded: (
    flavour: Flavour,
    cacheFolder: string,
  ) => Promise<string | undefined>;
  /** Folder of an npm package. */
  readonly installed: (packageName: string) => Promise<string>;
  readonly open: (folder: string, gpu: boolean) => LlamaLibrary;
}

/** A place that was tried, and why it did not do. */
interface Attempt {
  readonly text: string;
  /** Explains why a better flavour is not used, not just where it is not. */
  readonly telling: boolean;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function installedPackage(packageName: string): Promise<string> {
  if (Deno.build.standalone) {
    throw new LlamaError("an executable does not install packages");
  }
  // Computed, so that only this platform's package is ever downloaded.
  const { getBinsDir } = await import(`npm:${packageName}`);
  const { binsDir } = getBinsDir() as { binsDir: string };
  const inner = [...Deno.readDirSync(binsDir)].find((each) => each.isDirectory);
  return inner === undefined ? binsDir : `${binsDir}/${inner.name}`;
}

function realSurroundings(): Surroundings {
  return {
    machine: thisMachine(),
    embedded: (flavour, cacheFolder) =>
      Deno.build.standalone
        ? extractEmbedded(flavour, cacheFolder)
        : Promise.resolve(undefined),
    installed: installedPackage,
    open: openFolder,
  };
}

/** Opens the named folder, whatever flavour it has. */
function openNamed(
  { folder, flavour }: OpenOptions,
  { open }: Surroundings,
): LlamaLibrary {
  try {
    const library = open(folder, flavour !== "cpu");
    return flavour === "auto" || library.flavour === flavour
      ? library
      : { ...library, reason: `"${folder}" finds no ${flavour} GPU` };
  } catch (cause) {
    throw new LlamaError(
      `Cannot open the library in "${folder}": ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Opens a flavour from the first place that has it. */
async function openFlavour(
  flavour: Flavour,
  cacheFolder: string,
  around: Surroundings,
  attempts: Attempt[],
): Promise<LlamaLibrary | undefined> {
  const { machine, embedded, installed, open } = around;
  const packageName = packageOf(flavour, machine.os, machine.arch) ?? "";
  const places = [
    {
      name: `native/${flavour} in the executable`,
      folder: () => embedded(flavour, cacheFolder),
    },
    { name: `npm:${packageName}`, folder: () => installed(packageName) },
  ];
  for (const place of places) {
    let where = place.name;
    try {
      const folder = await place.folder();
      if (folder !== undefined) {
        where = folder;
        return open(folder, flavour !== "cpu");
      }
      attempts.push({ text: `${where}: none`, telling: false });
    } catch (error) {
      const text = `${flavour}: ${where}: ${messageOf(error)}`;
      attempts.push({ text, telling: true });
    }
  }
  return undefined;
}

/**
 * Opens the native library: the named folder, else the best flavour that the
 * machine can use. Throws a {@linkcode LlamaError} that lists what was tried.
 */
export async function openLibrary(
  options: OpenOptions,
  around: Surroundings = realSurroundings(),
): Promise<LlamaLibrary> {
  if (options.folder !== "") {
    return openNamed(options, around);
  }
  const { flavour: wished, cacheFolder } = options;
  const attempts: Attempt[] = [];
  for (const candidate of candidates(wished, around.machine)) {
    const { flavour, obstacle, hasDriver } = candidate;
    if (obstacle !== undefined) {
      const telling = hasDriver || flavour === wished;
      attempts.push({ text: obstacle, telling });
      continue;
    }
    const library = await openFlavour(flavour, cacheFolder, around, attempts);
    if (library === undefined) {
      continue;
    }
    if (library.flavour !== flavour) {
      attempts.push({ text: `${flavour} finds no GPU`, telling: true });
    }
    const told = attempts.filter((attempt) => attempt.telling);
    return library.flavour === wished || told.length === 0 ? library : {
      ...library,
      reason: told.map((attempt) => attempt.text).join("; "),
    };
  }
  throw new LlamaError(
    "Cannot find a native library. Tried: " +
      `${attempts.map((attempt) => attempt.text).join("; ")}. ` +
      "Set TALLY_LLAMA_LIB to a folder that has one",
  );
}
