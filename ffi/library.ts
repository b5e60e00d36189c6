/**
 * Opens and checks the native library that lies in one folder.
 *
 * @module
 */

import { LlamaError } from "./errors.ts";
import type { Flavour } from "./flavour.ts";
import { GGML_BASE_SYMBOLS, GGML_SYMBOLS } from "./ggml_symbols.ts";
import { cString, readCString } from "./strings.ts";
import { LLAMA_SYMBOLS } from "./symbols.ts";

/** Releases whose functions and by-value structs are those declared here. */
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
  /** What it computes on: "cpu" too when it found no GPU or shall use none. */
  readonly flavour: Flavour;
  /** Why it is not the flavour that was wished for, on one line. */
  readonly reason?: string;
  readonly version: string;
  readonly folder: string;
}

/** Files of the three libraries that are called. */
export interface LibraryFiles {
  readonly llama: string;
  readonly ggml: string;
  readonly base: string;
}

/**
 * Picks the libraries out of a folder's file names. Flavour and version are
 * part of some names: `libllama.cuda.v0.5.0.so`, `libggml-base.so`.
 */
export function libraryFiles(names: readonly string[]): LibraryFiles {
  const find = (stem: string) => {
    const pattern = new RegExp(
      `^(lib)?${stem}(\\.[a-z]+)?(\\.v?[\\d.]+)?\\.(so|dylib|dll)$`,
    );
    const name = names.find((each) => pattern.test(each));
    if (name === undefined) {
      throw new LlamaError(`there is no ${stem} library in it`);
    }
    return name;
  };
  return { llama: find("llama"), ggml: find("ggml"), base: find("ggml-base") };
}

/** Throws for a release that is not known to fit. */
export function checkVersion(version: string): void {
  const release = version.replace(/^v/, "").split("-")[0] ?? "";
  if (!KNOWN_VERSIONS.includes(release)) {
    throw new LlamaError(
      `its release is ${version || "unknown"}, and only ` +
        `${KNOWN_VERSIONS.join(" and ")} are known to fit`,
    );
  }
}

/** Which GPUs the backends in a folder are for; "cpu" when for none. */
export function flavourOf(names: readonly string[]): Flavour {
  const backend = /^(?:lib)?ggml-(cuda|vulkan|metal)\.(?:so|dylib|dll)$/;
  const make = names.map((name) => backend.exec(name)?.[1]).find(Boolean);
  return (make ?? "cpu") as Flavour;
}

function hasGpu(
  ggml: LlamaLibrary["ggml"],
  base: LlamaLibrary["base"],
): boolean {
  for (let index = 0n; index < ggml.ggml_backend_dev_count(); index++) {
    const device = ggml.ggml_backend_dev_get(index);
    if (GPU_TYPES.includes(base.ggml_backend_dev_type(device))) {
      return true;
    }
  }
  return false;
}

/**
 * Opens the libraries of a folder, in which all of them must lie: they find
 * each other there. Throws when they do not fit. `gpu`: use GPUs it is for.
 */
export function openFolder(folder: string, gpu: boolean): LlamaLibrary {
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const files = libraryFiles(names);
  using opened = new DisposableStack();
  const open = <T extends Deno.ForeignLibraryInterface>(
    file: string,
    symbols: T,
  ) => {
    const library = Deno.dlopen(`${folder}/${file}`, symbols);
    opened.defer(() => library.close());
    return library.symbols;
  };
  const base = open(files.base, GGML_BASE_SYMBOLS);
  const ggml = open(files.ggml, GGML_SYMBOLS);
  const llama = open(files.llama, LLAMA_SYMBOLS);
  const version = readCString(llama.llama_version());
  checkVersion(version);
  // Before anything else: picks the code for this CPU, and GPU backends.
  ggml.ggml_backend_load_all_from_path(cString(folder));
  llama.llama_backend_init();
  opened.defer(() => llama.llama_backend_free());
  const lifetime = opened.move();
  return {
    llama,
    ggml,
    base,
    flavour: gpu && hasGpu(ggml, base) ? flavourOf(names) : "cpu",
    version,
    folder,
    [Symbol.dispose]: () => lifetime.dispose(),
  };
}
