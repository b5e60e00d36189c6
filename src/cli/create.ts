/**
 * `tally create`: a model of a Modelfile.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import { type Modelfile, parseModelfile } from "../models/modelfile.ts";
import { type Client, CliError } from "./client.ts";
import { tell } from "./output.ts";
import { withProgress } from "./progress.ts";

/** What `tally create` is told. */
export interface CreateOptions {
  /** The Modelfile; the one in the current folder when absent. */
  readonly file?: string;
  readonly quantize?: string;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** Reads a file and tells how far it has come. */
async function read(path: string, doing: string) {
  const { size } = await Deno.stat(path);
  const { readable } = await Deno.open(path);
  return withProgress(readable, `${doing} ${basename(path)}`, size);
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of await read(path, "hashing")) {
    hash.update(chunk);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** Sends a file unless the server has it; its digest. */
async function upload(client: Client, path: string): Promise<string> {
  const digest = await digestOf(path);
  if (!await client.hasBlob(digest)) {
    await client.uploadBlob(digest, await read(path, "copying"));
  }
  return digest;
}

async function uploadAll(
  client: Client,
  paths: readonly string[],
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const path of paths) {
    files[basename(path)] = await upload(client, path);
  }
  return files;
}

/** A text that cannot be a model's name. */
const LOOKS_LIKE_FILE = /^(\.{0,2}|~)[/\\]|^[^:]*\.gguf$/i;

/** Files that are named, relative to the Modelfile. */
async function localFiles(
  texts: readonly string[],
  folder: string,
): Promise<string[]> {
  const paths = texts.map((text) =>
    resolve(folder, text.replace(/^~(?=\/)/, Deno.env.get("HOME") ?? "~"))
  );
  const found = await Promise.all(paths.map(isFile));
  const missing = texts.find((text, index) =>
    !found[index] && LOOKS_LIKE_FILE.test(text)
  );
  if (missing !== undefined) {
    throw new CliError(`Cannot find the file ${missing} of the Modelfile`);
  }
  return paths.filter((_path, index) => found[index]);
}

async function requestBody(
  client: Client,
  model: string,
  modelfile: Modelfile,
  folder: string,
) {
  const { from, adapters, messages, parameters, license } = modelfile;
  const files = await localFiles(from, folder);
  const adapterFiles = await localFiles(adapters, folder);
  if (adapterFiles.length < adapters.length) {
    throw new CliError(`Cannot find the adapter ${adapters.join(", ")}`);
  }
  return {
    model,
    ...(files.length > 0
      ? { files: await uploadAll(client, files) }
      : { from: from[0] }),
    ...(adapterFiles.length > 0
      ? { adapters: await uploadAll(client, adapterFiles) }
      : {}),
    template: modelfile.template,
    system: modelfile.system,
    renderer: modelfile.renderer,
    parser: modelfile.parser,
    requires: modelfile.requires,
    license: license.length > 0 ? license : undefined,
    parameters,
    messages,
  };
}

async function findModelfile(file: string | undefined): Promise<string> {
  if (file !== undefined) {
    return file;
  }
  if (await isFile("Modelfile")) {
    return "Modelfile";
  }
  throw new CliError(
    "Cannot find a Modelfile here. Name one: tally create NAME -f FILE " +
      "(a line such as FROM ./model.gguf is enough)",
  );
}

/** Makes the model and shows how it goes. */
export async function create(
  client: Client,
  model: string,
  options: CreateOptions,
): Promise<void> {
  const path = await findModelfile(options.file);
  const modelfile = parseModelfile(await Deno.readTextFile(path));
  const folder = dirname(resolve(path));
  const body = {
    ...await requestBody(client, model, modelfile, folder),
    quantize: options.quantize,
  };
  for await (
    const { status } of client.stream<{ status: string }>("/api/create", body)
  ) {
    tell(`${status}\n`);
  }
}
