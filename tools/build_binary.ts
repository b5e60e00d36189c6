/**
 * `deno task build`: compiles `dist/tally`, one executable with the CPU
 * libraries of the platform inside.
 *
 *     deno task build [--target x86_64-unknown-linux-gnu] [--gpu vulkan]
 *
 * `DENO_COMPILE` names another deno to compile with. The task runs without
 * the lock file: whatever is in it is installed wherever Tally runs, and the
 * libraries of other platforms should not be.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { type Flavour, packageOf } from "../ffi/flavour.ts";

/** Read by `ffi/embedded.ts`. */
const NATIVE_FOLDER = "native";

/** Started by its address, which the compiler does not follow. */
const STORE_WORKER = "src/usage/store/store_worker.ts";

/** The page, whose files are read as they are. */
const PAGE_FOLDER = "src/web/client";

/** Files of the library's package that `ffi/` does not open. */
const NOT_EMBEDDED = /\.(node|lib|json)$|llama-common|^_/;

/** Bytes; deno 2.4.2 walks the graph of modules deeper than its usual stack. */
const STACK_BYTES = 64 * 2 ** 20;

/** Configuration of the compilation, written for it. */
const CONFIG = "dist/compile.json";

interface Target {
  /** As `deno compile --target` knows it; undefined is this platform. */
  readonly triple?: string;
  readonly os: string;
  readonly arch: string;
}

function targetOf(triple: string | undefined): Target {
  if (triple === undefined) {
    return { os: Deno.build.os, arch: Deno.build.arch };
  }
  const [arch = "", , system = ""] = triple.split("-");
  return { triple, os: system, arch };
}

/** The folder of a platform's npm package, which is downloaded here. */
async function packageFolder(target: Target, flavour: Flavour) {
  const name = packageOf(flavour, target.os, target.arch);
  if (name === undefined) {
    throw new Error(
      `Cannot build: there is no ${flavour} library for ` +
        `${target.os} ${target.arch}`,
    );
  }
  const { getBinsDir } = await import(`npm:${name}`);
  const { binsDir } = getBinsDir() as { binsDir: string };
  const inner = [...Deno.readDirSync(binsDir)].find((each) => each.isDirectory);
  return inner === undefined ? binsDir : `${binsDir}/${inner.name}`;
}

/** Copies a flavour's libraries and writes their manifest. */
async function collectNative(target: Target, flavour: Flavour): Promise<void> {
  const from = await packageFolder(target, flavour);
  const to = `${NATIVE_FOLDER}/${flavour}`;
  await Deno.mkdir(to, { recursive: true });
  const names = [...Deno.readDirSync(from)].filter((entry) => entry.isFile)
    .map((entry) => entry.name).filter((name) => !NOT_EMBEDDED.test(name));
  const manifest = await Promise.all(
    names.sort().map(async (name) => {
      const bytes = await Deno.readFile(`${from}/${name}`);
      await Deno.writeFile(`${to}/${name}`, bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { name, size: bytes.length, sha256 };
    }),
  );
  await Deno.writeTextFile(`${to}/manifest.json`, JSON.stringify(manifest));
}

function outputOf({ triple, os }: Target): string {
  const name = triple === undefined ? "tally" : `tally-${triple}`;
  return `dist/${name}${os === "windows" ? ".exe" : ""}`;
}

/**
 * With a node_modules folder or a lock file, deno embeds every package that is
 * in it; without, those that the program imports.
 */
async function writeConfig(): Promise<void> {
  const text = await Deno.readTextFile("deno.json");
  const { imports, unstable } = JSON.parse(text.replace(/^\s*\/\/.*$/gm, ""));
  await Deno.mkdir("dist", { recursive: true });
  await Deno.writeTextFile(
    CONFIG,
    JSON.stringify({ imports, unstable, nodeModulesDir: "none", lock: false }),
  );
}

async function compile(target: Target, output: string): Promise<void> {
  const deno = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();
  await writeConfig();
  const includes = [NATIVE_FOLDER, STORE_WORKER, PAGE_FOLDER].flatMap((
    path,
  ) => [
    "--include",
    path,
  ]);
  const options = ["--config", CONFIG, ...includes];
  if (target.triple !== undefined) {
    options.push("--target", target.triple);
  }
  const args = ["compile", "-A", "--no-check", "--quiet", ...options];
  const { success } = await new Deno.Command(deno, {
    args: [...args, "--output", output, "main.ts"],
    env: { RUST_MIN_STACK: String(STACK_BYTES) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  await Deno.remove(CONFIG);
  if (!success) {
    throw new Error(
      `Cannot compile ${output}. Where deno cannot download the runtime of ` +
        "the target, set DENO_COMPILE to a deno, and DENORT_BIN to the " +
        "runtime of the same version and of that target.",
    );
  }
}

async function build(target: Target, flavours: readonly Flavour[]) {
  await Deno.remove(NATIVE_FOLDER, { recursive: true }).catch(() => {});
  for (const flavour of new Set(flavours)) {
    await collectNative(target, flavour);
  }
  const output = outputOf(target);
  const unfinished = output.replace("dist/", "dist/unfinished-");
  await compile(target, unfinished);
  await Deno.rename(unfinished, output);
  const { size } = await Deno.stat(output);
  console.log(`${output} (${Math.round(size / 2 ** 20)} MiB)`);
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    target: { type: "string" },
    gpu: { type: "string", default: "cpu" },
  },
});
try {
  await build(targetOf(values.target), ["cpu", values.gpu as Flavour]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
