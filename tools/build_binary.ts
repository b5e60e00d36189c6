/**
 * `deno task build`: compiles `dist/tally`, one executable with the CPU
 * libraries of the platform inside.
 *
 *     deno task build [--target x86_64-unknown-linux-gnu] [--gpu vulkan]
 *
 * `DENO_COMPILE` names another deno to compile with.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type Flavour, packageOf } from "../ffi/flavour.ts";

/** Read by `ffi/embedded.ts`. */
const NATIVE_FOLDER = "native";

/** Files of the package that llama.cpp's own programs do not need. */
const NOT_EMBEDDED = /\.node$|llama-common|^_|\.json$/;

interface Target {
  readonly triple: string | undefined;
  readonly os: string;
  readonly arch: string;
}

function flag(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
}

function targetOf(triple: string | undefined): Target {
  if (triple === undefined) {
    return { triple, os: Deno.build.os, arch: Deno.build.arch };
  }
  const arch = triple.split("-")[0] ?? "";
  const os = triple.includes("windows")
    ? "windows"
    : triple.includes("darwin")
    ? "darwin"
    : "linux";
  return { triple, os, arch };
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

/** Packages only tests and builds import, which need not be in it. */
function excluded(): string[] {
  const folders = ["@huggingface+gguf", "@node-llama-cpp+", "ollama@"];
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("node_modules/.deno")) {
    if (folders.some((each) => name.startsWith(each))) {
      found.push("--exclude", `node_modules/.deno/${name}`);
    }
  }
  return found;
}

async function compile(target: Target, output: string): Promise<void> {
  const deno = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();
  const { success } = await new Deno.Command(deno, {
    args: [
      "compile",
      "-A",
      "--no-check",
      ...(target.triple === undefined ? [] : ["--target", target.triple]),
      "--include",
      NATIVE_FOLDER,
      ...excluded(),
      "--output",
      output,
      "main.ts",
    ],
  }).output().then(async (result) => {
    await Deno.stderr.write(result.success ? new Uint8Array() : result.stderr);
    return result;
  });
  if (!success) {
    throw new Error(
      `Cannot compile ${output}. Where deno cannot download its runtime, ` +
        "set DENO_COMPILE to a deno and DENORT_BIN to the runtime it is for.",
    );
  }
}

const target = targetOf(flag("target"));
const flavour = (flag("gpu") ?? "cpu") as Flavour;
await Deno.remove(NATIVE_FOLDER, { recursive: true }).catch(() => {});
for (const each of new Set<Flavour>(["cpu", flavour])) {
  await collectNative(target, each);
}
const output = outputOf(target);
await compile(target, output);
const { size } = await Deno.stat(output);
console.log(`${output} (${Math.round(size / 2 ** 20)} MiB)`);
