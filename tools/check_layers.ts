/**
 * Holds the folders to the imports that docs/architecture.md allows, and the
 * files to a readable size.
 *
 * @module
 */

/** Longest file, in lines. */
const LONGEST_FILE = 400;

/** Folders each folder of `src/` may import, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  cli: [
    "engine",
    "http",
    "models",
    "prompt",
    "protocol",
    "registry",
    "runtime",
    "usage",
  ],
  engine: ["prompt"],
  http: ["models", "protocol", "registry", "runtime", "usage", "web"],
  models: [],
  prompt: [],
  protocol: [],
  registry: ["models"],
  runtime: ["models", "prompt"],
  usage: [],
};

/** Files of `src/engine/` that may import `ffi/`. */
const FFI_IMPORTERS = [
  "src/engine/llama_backend.ts",
  "src/engine/native_library.ts",
  "src/engine/probe.ts",
];

/** `a/b/../c` is `a/c`. */
function resolvePath(from: string, to: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const step of to.split("/")) {
    if (step === "..") {
      parts.pop();
    } else if (step !== ".") {
      parts.push(step);
    }
  }
  return parts.join("/");
}

function importsOf(source: string): string[] {
  const pattern = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;
  return [...source.matchAll(pattern)].map((match) => match[1] ?? "");
}

function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function faultOf(path: string, target: string): string | undefined {
  if (path.startsWith("ffi/")) {
    return target.startsWith("ffi/") ? undefined : "ffi imports nothing else";
  }
  if (path.startsWith("src/") && target.startsWith("ffi/")) {
    return FFI_IMPORTERS.includes(path)
      ? undefined
      : "only the engine's backend imports ffi";
  }
  const own = folderOf(path);
  const other = folderOf(target);
  if (own === undefined || other === undefined || own === other) {
    return undefined;
  }
  return ALLOWED[own]?.includes(other)
    ? undefined
    : `${own} does not import ${other}`;
}

/** What is wrong with a file, one line each. */
export function faultsOf(path: string, source: string): string[] {
  const faults = importsOf(source).flatMap((to) => {
    const target = resolvePath(path, to);
    const fault = faultOf(path, target);
    return fault === undefined ? [] : [`${path}: ${fault} (${target})`];
  });
  const lines = source.split("\n").length - 1;
  if (lines > LONGEST_FILE) {
    faults.push(`${path}: ${lines} lines, ${LONGEST_FILE} are the most`);
  }
  return faults;
}

function* sources(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      yield* sources(path);
    } else if (path.endsWith(".ts")) {
      yield path;
    }
  }
}

if (import.meta.main) {
  const faults = ["ffi", "src", "tests", "tools", "bench"]
    .flatMap((folder) => [...sources(folder)])
    .flatMap((path) => faultsOf(path, Deno.readTextFileSync(path)));
  faults.forEach((fault) => console.error(fault));
  Deno.exit(faults.length > 0 ? 1 : 0);
}
