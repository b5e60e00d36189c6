/**
 * Where a model's name leads: the registry's address and the repository.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import { type ModelName, parseModelName } from "../models/name.ts";

/** A model in a registry. */
export interface RemoteModel {
  readonly name: ModelName;
  /** Ends in a slash; below it are `manifests/` and `blobs/`. */
  readonly repositoryUrl: URL;
  /** Plain HTTP is allowed, for the registry and where it redirects to. */
  readonly insecure: boolean;
}

/**
 * Reads `[https://|http://][host/][namespace/]model[:tag]`. As in Ollama,
 * `insecure` means plain HTTP, and `http://` has to be allowed by it.
 */
export function parseRemoteModel(text: string, insecure: boolean): RemoteModel {
  const name = parseModelName(text);
  if (/^(.*-)?cloud$/i.test(name.tag)) {
    throw new ServerError(
      "not_found",
      `model '${text}' runs in Ollama's cloud, which Tally does not use`,
    );
  }
  if (/^http:\/\//i.test(text) && !insecure) {
    throw new ServerError("bad_request", "insecure protocol http");
  }
  return remoteModel(name, insecure);
}

/** The model of a name. */
export function remoteModel(name: ModelName, insecure: boolean): RemoteModel {
  const { host, namespace, model } = name;
  const scheme = insecure ? "http" : "https";
  const address = `${scheme}://${host}/v2/${namespace}/${model}/`;
  try {
    return { name, repositoryUrl: new URL(address), insecure };
  } catch (cause) {
    throw new ServerError("bad_request", "invalid model name", { cause });
  }
}
