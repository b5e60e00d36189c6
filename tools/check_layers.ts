/**
 * Holds the folders to the imports that docs/architecture.md allows, files to
 * imports that run in no circle, and to a readable length. Part of
 * `deno task ok`.
 *
 * @module
 */

/** Longest file, in lines. */
const LONGEST_FILE = 400;

/** What every folder of `src/` may import, besides itself. */
const COMMON = [
  "src/abort.ts",
  "src/config.ts",
  "src/config_values.ts",
  "src/duration.ts",
  "src/errors.ts",
  "src/generation.ts",
  "src/log.ts",
  "src/model_options.ts",
  "src/version.ts",
];

/** What a layer may import, besides itself: folders and single files. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "ffi/": [],
  "src/": ["src/messages.ts", ...COMMON],
  "src/cli/": ["src/"],
  "src/engine/": [
    "src/messages.ts",
    "src/prompt/grammar.ts",
    "src/prompt/grammar_source.ts",
    ...COMMON,
  ],
  "src/http/": [
    "src/models/",
    "src/protocol/",
    "src/registry/",
    "src/runtime/",
    "src/usage/",
    "src/web/",
    ...COMMON,
  ],
  "src/models/": COMMON,
  "src/prompt/": COMMON,
  "src/protocol/": COMMON,
  "src/registry/": ["src/models/", ...COMMON],
  "src/runtime/": [
    "src/messages.ts",
    "src/models/",
    "src/prompt/",
    "src/usage/",
    ...COMMON,
  ],
  "src/usage/": COMMON,
  "src/web/": COMMON,
};

/** Files of the engine that may also import `ffi/`. */
const FFI_IMPORTERS = [
  "src/engine/llama_backend.ts",
  "src/engine/probe.ts",
  "src/engine/quantize.ts",
  "src/engine/standard_input.ts",
];

/** `to` as `from` writes it, from the project's folder. */
function resolvePath(from: string, to: string): string {
  return new URL(to, `file:///${from}`).pathname.slice(1);
}

/** Specifiers of a file's relative imports and re-exports. */
function importsOf(source: string): string[] {
  const pattern = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;
  return [...source.matchAll(pattern)].map((match) => match[1] ?? "");
}

/** `src/http/app.ts` is of the layer `src/http/`, `ffi/a.ts` of `ffi/`. */
function layerOf(path: string): string | undefined {
  return /^(?:ffi\/|src\/(?:[^/]+\/)?)/.exec(path)?.[0];
}

/** A folder stands for all below it. */
function contains(allowed: string, path: string): boolean {
  return allowed.endsWith("/") ? path.startsWith(allowed) : path === allowed;
}

function isAllowed(path: string, layer: string, target: string): boolean {
  if (layerOf(target) === layer) {
    return true;
  }
  return ALLOWED[layer]?.some((each) => contains(each, target)) ||
    (target === "ffi/mod.ts" && FFI_IMPORTERS.includes(path));
}

/** What is wrong with a file, one line each. */
export function faultsOf(path: string, source: string): string[] {
  const layer = layerOf(path);
  const faults = layer === undefined ? [] : importsOf(source)
    .map((specifier) => resolvePath(path, specifier))
    .filter((target) => !isAllowed(path, layer, target))
    .map((target) => `${path}: ${layer} may not import ${target}`);
  const lines = source.split("\n").length - 1;
  if (lines > LONGEST_FILE) {
    faults.push(`${path}: ${lines} lines, ${LONGEST_FILE} are the most`);
  }
  return faults;
}

/** Circles of imports, one line each; `sources` are texts by path. */
export function circlesOf(sources: ReadonlyMap<string, string>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      const circle = [...way.slice(way.indexOf(path)), path];
      circles.push(`imports run in a circle: ${circle.join(" -> ")}`);
    } else if (!done.has(path)) {
      for (const specifier of importsOf(sources.get(path) ?? "")) {
        visit(resolvePath(path, specifier), [...way, path]);
      }
      done.add(path);
    }
  };
  [...sources.keys()].forEach((path) => visit(path, []));
  return circles;
}

function* sourcesIn(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      yield* sourcesIn(path);
    } else if (/\.[jt]s$/.test(path)) {
      yield path;
    }
  }
}

if (import.meta.main) {
  const sources = new Map(
    ["ffi", "src", "tests", "tools", "bench"]
      .flatMap((folder) => [...sourcesIn(folder)])
      .map((path) => [path, Deno.readTextFileSync(path)]),
  );
  const faults = [...sources]
    .flatMap(([path, source]) => faultsOf(path, source))
    .concat(circlesOf(sources));
  faults.forEach((fault) => console.error(fault));
  Deno.exit(faults.length > 0 ? 1 : 0);
}
