/**
 * Finds, opens and checks the native library.
 *
 * @module
 */

import { extractEmbedded } from "./embedded.ts";
import { LlamaError } from "./errors.ts";
import { candidates, type Flavour, packageOf } from "./flavour.ts";
import { cString, readCString } from "./strings.ts";
import { GGML_BASE_SYMBOLS, GGML_SYMBOLS, LLAMA_SYMBOLS } from "./symbols.ts";

/** Releases whose by-value structs are those of structs.ts. */
const KNOWN_VERSIONS = ["0.5.0", "0.4.0"];

/** `enum ggml_backend_dev_type`: those that compute on a GPU. */
const GPU_TYPES = [1, 2];

type Symbols<T extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<
  T
>["symbols"];

/** An open native library. */
export interface LlamaLibrary extends Disposable {
  readonly llama: Symbols<typeof LLAMA_SYMBOLS>;
  readonly ggml: Symbols<typeof GGML_SYMBOLS>;
  readonly base: Symbols<typeof GGML_BASE_SYMBOLS>;
  readonly flavour: Flavour;
  /** Why it is not the flavour that was wished for, on one line. */
  readonly reason: string | undefined;
  readonly version: string;
  readonly folder: string;
}

/** Where to look. */
export interface OpenOptions {
  /** Only this folder. */
  readonly folder?: string;
  readonly flavour: Flavour | "auto";
}

interface LibraryFiles {
  readonly llama: string;
  readonly ggml: string;
  readonly base: string;
}

/** The three libraries in a folder, whatever their flavour and version. */
function filesIn(folder: string): LibraryFiles {
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const find = (stem: string) => {
    const pattern = new RegExp(
      `^(lib)?${stem}(\\.[a-z]+)?(\\.v?[\\d.]+)?\\.(so|dylib|dll)$`,
    );
    const name = names.find((each) => pattern.test(each));
    if (name === undefined) {
      throw new LlamaError(`there is no ${stem} library in it`);
    }
    return `${folder}/${name}`;
  };
  return { llama: find("llama"), ggml: find("ggml"), base: find("ggml-base") };
}

function hasGpu(library: LlamaLibrary): boolean {
  const { ggml, base } = library;
  for (let i = 0n; i < ggml.ggml_backend_dev_count(); i++) {
    const device = ggml.ggml_backend_dev_get(i);
    if (GPU_TYPES.includes(base.ggml_backend_dev_type(device))) {
      return true;
    }
  }
  return false;
}

function checkVersion(version: string): void {
  const release = version.replace(/^v/, "").split("-")[0] ?? "";
  if (!KNOWN_VERSIONS.includes(release)) {
    throw new LlamaError(
      `its release is ${version || "unknown"}, and only ` +
        `${KNOWN_VERSIONS.join(" and ")} are known to fit`,
    );
  }
}

/** Opens the libraries of one folder. Throws when they do not fit. */
function openFolder(folder: string, flavour: Flavour): LlamaLibrary {
  const files = filesIn(folder);
  const base = Deno.dlopen(files.base, GGML_BASE_SYMBOLS);
  const ggml = Deno.dlopen(files.ggml, GGML_SYMBOLS);
  const llama = Deno.dlopen(files.llama, LLAMA_SYMBOLS);
  const version = readCString(llama.symbols.llama_version());
  checkVersion(version);
  ggml.symbols.ggml_backend_load_all_from_path(cString(folder));
  llama.symbols.llama_backend_init();
  return {
    llama: llama.symbols,
    ggml: ggml.symbols,
    base: base.symbols,
    flavour,
    reason: undefined,
    version,
    folder,
    [Symbol.dispose]: () => {
      llama.symbols.llama_backend_free();
      llama.close();
      ggml.close();
      base.close();
    },
  };
}

/** The folder of the platform's npm package, downloaded when need be. */
async function packageFolder(flavour: Flavour): Promise<string | undefined> {
  const name = packageOf(flavour, Deno.build.os, Deno.build.arch);
  if (name === undefined || Deno.build.standalone) {
    return undefined;
  }
  // Computed, so that only this platform's package is ever downloaded.
  const { getBinsDir } = await import(`npm:${name}`);
  const { binsDir } = getBinsDir() as { binsDir: string };
  const inner = [...Deno.readDirSync(binsDir)].find((each) => each.isDirectory);
  return inner === undefined ? binsDir : `${binsDir}/${inner.name}`;
}

/** Folders of a flavour in the order they are tried. */
const SOURCES = [
  { name: "the copy in the executable", find: extractEmbedded },
  { name: "the npm package", find: packageFolder },
];

async function openFlavour(
  flavour: Flavour,
  tried: string[],
): Promise<LlamaLibrary | undefined> {
  for (const source of SOURCES) {
    try {
      const folder = await source.find(flavour);
      if (folder === undefined) {
        tried.push(`${flavour}: ${source.name}: none here`);
        continue;
      }
      const library = openFolder(folder, flavour);
      if (flavour === "cpu" || hasGpu(library)) {
        return library;
      }
      tried.push(`${flavour}: no usable GPU was found`);
      return { ...library, flavour: "cpu" };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      tried.push(`${flavour}: ${source.name}: ${message}`);
    }
  }
  return undefined;
}

/**
 * Opens the native library: the given folder, else the best flavour the
 * machine can use. Throws a {@linkcode LlamaError} that lists what was tried.
 */
export async function openLibrary(options: OpenOptions): Promise<LlamaLibrary> {
  if (options.folder) {
    const flavour = options.flavour === "auto" ? "cpu" : options.flavour;
    try {
      const library = openFolder(options.folder, flavour);
      return { ...library, flavour: ownFlavour(library, options.flavour) };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new LlamaError(
        `Cannot open the library in "${options.folder}": ${message}`,
        { cause },
      );
    }
  }
  const tried: string[] = [];
  for (const { flavour, obstacle } of candidates(options.flavour)) {
    if (obstacle !== undefined) {
      tried.push(obstacle);
      continue;
    }
    const library = await openFlavour(flavour, tried);
    if (library !== undefined) {
      const missed = options.flavour !== "auto" &&
        library.flavour !== options.flavour;
      return { ...library, reason: missed ? tried.join("; ") : undefined };
    }
  }
  throw new LlamaError(
    `Cannot find a native library. Tried: ${tried.join("; ")}. ` +
      "Set TALLY_LLAMA_LIB to a folder that has one.",
  );
}

/** Of a folder of unknown make: a GPU build when it found a GPU. */
function ownFlavour(library: LlamaLibrary, wished: Flavour | "auto"): Flavour {
  if (!hasGpu(library)) {
    return "cpu";
  }
  if (wished !== "auto") {
    return wished;
  }
  const make = /\.(cuda|vulkan|metal)\./.exec(filesIn(library.folder).llama);
  return (make?.[1] ?? (Deno.build.os === "darwin" ? "metal" : "cuda")) as
    | "cuda"
    | "vulkan"
    | "metal";
}
