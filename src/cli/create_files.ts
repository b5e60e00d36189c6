/**
 * Files of this machine that a Modelfile names.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { SAFETENSORS_REFUSAL } from "../models/uploaded_file.ts";
import { CliError } from "./client.ts";

/** A text that cannot be a model's name. */
const LOOKS_LIKE_FILE = /^\.{1,2}$|^(\.{0,2}|~)[/\\]|^[^:]*\.gguf$/i;

/** A part of a split GGUF file: what comes before, its number, how many. */
const SPLIT_PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch {
    return undefined;
  }
}

/** Whether there is such a file. */
export async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile ?? false;
}

/** All parts of a split file, the file itself when it is whole. */
async function partsOf(path: string): Promise<string[]> {
  const [, stem, , count = "0"] = SPLIT_PART.exec(basename(path)) ?? [];
  if (stem === undefined) {
    return [path];
  }
  const parts = Array.from({ length: Number(count) }, (_, index) => {
    const number = String(index + 1).padStart(5, "0");
    return join(dirname(path), `${stem}-${number}-of-${count}.gguf`);
  });
  for (const part of parts) {
    if (!await isFile(part)) {
      throw new CliError(
        `Cannot find ${part}, which ${
          basename(path)
        } is a part of a model with`,
      );
    }
  }
  return parts;
}

/** The GGUF files of a folder; undefined when it has no model at all. */
async function modelFiles(folder: string): Promise<string[] | undefined> {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .map(({ name }) => name).toSorted();
  const files = names.filter((name) => name.toLowerCase().endsWith(".gguf"));
  if (files.length > 0) {
    return files.map((name) => join(folder, name));
  }
  if (names.some((name) => name.endsWith(".safetensors"))) {
    throw new CliError(`${folder}: ${SAFETENSORS_REFUSAL}`);
  }
  return undefined;
}

/** The files that a text names; undefined when it is a model's name. */
async function filesOf(
  text: string,
  folder: string,
): Promise<string[] | undefined> {
  const home = Deno.env.get("HOME") ?? "~";
  const path = resolve(folder, text.replace(/^~(?=[/\\])/, home));
  const found = await statOf(path);
  const files = found?.isDirectory
    ? await modelFiles(path)
    : found?.isFile
    ? await partsOf(path)
    : undefined;
  if (files !== undefined || !LOOKS_LIKE_FILE.test(text)) {
    return files;
  }
  throw new CliError(
    found?.isDirectory
      ? `There is no GGUF file in the folder ${text} of the Modelfile`
      : `Cannot find the file ${text} of the Modelfile`,
  );
}

/**
 * The files that FROM or ADAPTER lines name, relative to the Modelfile's
 * folder; none for a line that names a model.
 */
export async function localFiles(
  texts: readonly string[],
  folder: string,
): Promise<string[]> {
  const files = await Promise.all(texts.map((text) => filesOf(text, folder)));
  const flat = files.flatMap((each) => each ?? []);
  if (flat.length > 0 && files.some((each) => each === undefined)) {
    const index = files.findIndex((each) => each === undefined);
    throw new CliError(
      `Cannot make one model of files and of "${texts[index]}"`,
    );
  }
  return [...new Set(flat)];
}
