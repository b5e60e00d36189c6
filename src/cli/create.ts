/**
 * `tally create`: a model of a Modelfile.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import { type Modelfile, parseModelfile } from "../models/modelfile.ts";
import { type Client, CliError } from "./client.ts";
import { isFile, localFiles } from "./create_files.ts";
import { tell } from "./output.ts";
import { withProgress } from "./progress.ts";
import { showStream } from "./transfer.ts";

/** What `tally create` is told. */
export interface CreateOptions {
  /** The Modelfile; the one in the current folder when absent. */
  readonly file?: string;
  readonly quantize?: string;
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
    const name = basename(path);
    const key = name in files ? `${Object.keys(files).length}/${name}` : name;
    files[key] = await upload(client, path);
  }
  return files;
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
  if (adapters.length > 0 && adapterFiles.length === 0) {
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
    if (!await isFile(file)) {
      throw new CliError(`Cannot find the Modelfile ${file}`);
    }
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
  for (const name of modelfile.formerParameters) {
    tell(`warning: parameter ${name} is deprecated\n`);
  }
  const folder = dirname(resolve(path));
  const body = {
    ...await requestBody(client, model, modelfile, folder),
    quantize: options.quantize,
  };
  await showStream(client, "/api/create", body);
}
