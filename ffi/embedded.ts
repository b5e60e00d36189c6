/**
 * The copy of the native library inside the executable. The build puts the
 * files of a flavour into `native/<flavour>/` beside `main.ts`, with a
 * `manifest.json` of their names, sizes and SHA-256 sums. The dynamic linker
 * cannot read them there, so they are extracted once, together, into a folder
 * named by the hash of the manifest.
 *
 * @module
 */

import type { Flavour } from "./flavour.ts";

/** One file of `manifest.json`. */
export interface EmbeddedFile {
  readonly name: string;
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

function embeddedFile(flavour: Flavour, name: string): URL {
  return new URL(`../native/${flavour}/${name}`, import.meta.url);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((each) => each.toString(16).padStart(2, "0")).join("");
}

async function isComplete(
  folder: string,
  files: readonly EmbeddedFile[],
): Promise<boolean> {
  try {
    const sizes = await Promise.all(
      files.map((file) => Deno.stat(`${folder}/${file.name}`)),
    );
    return sizes.every((stat, index) => stat.size === files[index]?.size);
  } catch {
    return false;
  }
}

async function extract(
  flavour: Flavour,
  folder: string,
  files: readonly EmbeddedFile[],
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const file of files) {
    const bytes = await Deno.readFile(embeddedFile(flavour, file.name));
    if (await sha256(bytes) !== file.sha256) {
      throw new TypeError(`Cannot extract ${file.name}: its bytes are damaged`);
    }
    await Deno.writeFile(`${folder}/${file.name}`, bytes, { mode: 0o755 });
  }
}

/** Moves a finished folder to its name; another process may have been first. */
async function publish(
  from: string,
  to: string,
  files: readonly EmbeddedFile[],
): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!await isComplete(to, files)) {
      // Left by a crash of the machine: only a whole folder is ever renamed.
      await Deno.remove(to, { recursive: true });
      await Deno.rename(from, to).catch(() => {
        throw error;
      });
      return;
    }
    await Deno.remove(from, { recursive: true });
  }
}

/** The user's cache folder. */
function cacheFolder(): string {
  const { env } = Deno;
  const home = env.get("HOME") ?? env.get("USERPROFILE");
  return env.get("XDG_CACHE_HOME") ?? env.get("LOCALAPPDATA") ??
    (home === undefined ? "/tmp" : `${home}/.cache`);
}

/**
 * The folder of the extracted library, or undefined when the executable has
 * none of this flavour. Later calls only compare sizes. Safe to race: every
 * process extracts into its own folder, the first rename wins.
 */
export async function extractEmbedded(
  flavour: Flavour,
  cache = cacheFolder(),
): Promise<string | undefined> {
  let manifest: Uint8Array<ArrayBuffer>;
  try {
    manifest = await Deno.readFile(embeddedFile(flavour, "manifest.json"));
  } catch {
    return undefined;
  }
  const files: EmbeddedFile[] = JSON.parse(new TextDecoder().decode(manifest));
  const hash = (await sha256(manifest)).slice(0, 16);
  const folder = `${cache}/tally/native-${flavour}-${hash}`;
  if (await isComplete(folder, files)) {
    return folder;
  }
  const own = `${folder}.${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  await extract(flavour, own, files);
  await publish(own, folder, files);
  return folder;
}
