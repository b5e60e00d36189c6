/**
 * The copy of the native library inside the executable. The build puts the
 * files of a flavour into `native/<flavour>/` beside `main.ts`, with a
 * `manifest.json`: a list of their names, sizes and SHA-256 sums. The dynamic
 * linker cannot read them there, so they are extracted once, together, into a
 * folder named by the hash of the manifest.
 *
 * @module
 */

import { LlamaError } from "./errors.ts";
import type { Flavour } from "./flavour.ts";

/** One file of `manifest.json`. */
export interface EmbeddedFile {
  readonly name: string;
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Where the build puts the flavours. */
const NATIVE = new URL("../native/", import.meta.url);

/** Hex digits of the manifest's hash in the folder's name. */
const HASH_DIGITS = 16;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((each) => each.toString(16).padStart(2, "0")).join("");
}

/** Sizes tell: reading 30 MB at every start to check sums would be slow. */
async function isComplete(
  folder: string,
  files: readonly EmbeddedFile[],
): Promise<boolean> {
  try {
    const stats = await Promise.all(
      files.map((file) => Deno.stat(`${folder}/${file.name}`)),
    );
    return stats.every((stat, index) => stat.size === files[index]?.size);
  } catch {
    return false;
  }
}

/** Writes a file so that a crash of the machine cannot leave a hollow one. */
async function writeDurably(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    createNew: true,
    mode: 0o755,
  });
  let written = 0;
  while (written < bytes.length) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
}

async function extract(
  source: URL,
  folder: string,
  files: readonly EmbeddedFile[],
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const file of files) {
    const bytes = await Deno.readFile(new URL(file.name, source));
    if (await sha256(bytes) !== file.sha256) {
      throw new LlamaError(`Cannot extract ${file.name}: it is damaged`);
    }
    await writeDurably(`${folder}/${file.name}`, bytes);
  }
}

/** Moves a finished folder to its name, unless another process was first. */
async function publish(
  from: string,
  to: string,
  files: readonly EmbeddedFile[],
): Promise<void> {
  try {
    return await Deno.rename(from, to);
  } catch {
    if (await isComplete(to, files)) {
      return await Deno.remove(from, { recursive: true });
    }
  }
  // Somebody took files away: put the whole in its place.
  await Deno.remove(to, { recursive: true });
  await Deno.rename(from, to);
}

/**
 * The folder of the extracted library below `cacheFolder`, or undefined when
 * the executable has none of this flavour. Later calls only compare sizes.
 * Safe to race: each process extracts into a folder of its own, and the first
 * rename wins.
 */
export async function extractEmbedded(
  flavour: Flavour,
  cacheFolder: string,
  native = NATIVE,
): Promise<string | undefined> {
  const source = new URL(`${flavour}/`, native);
  let manifest: Uint8Array<ArrayBuffer>;
  try {
    manifest = await Deno.readFile(new URL("manifest.json", source));
  } catch {
    return undefined;
  }
  const files: EmbeddedFile[] = JSON.parse(new TextDecoder().decode(manifest));
  const hash = (await sha256(manifest)).slice(0, HASH_DIGITS);
  const folder = `${cacheFolder}/native-${flavour}-${hash}`;
  if (await isComplete(folder, files)) {
    return folder;
  }
  const own = `${folder}.${crypto.randomUUID()}`;
  try {
    await extract(source, own, files);
    await publish(own, folder, files);
  } catch (error) {
    await Deno.remove(own, { recursive: true }).catch(() => {});
    throw error;
  }
  return folder;
}
