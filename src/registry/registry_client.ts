/**
 * Requests to one repository of a registry: tokens, redirects and errors are
 * dealt with here.
 *
 * @module
 */

import { OLLAMA_VERSION, VERSION } from "../version.ts";
import { parseChallenge, readToken, tokenRequest } from "./access_token.ts";
import { RegistryError, requestFailed } from "./registry_error.ts";
import type { RemoteModel } from "./remote_model.ts";
import { readText } from "./response_body.ts";

/** Most redirects that are followed, as Go's client does. */
const MOST_REDIRECTS = 10;

/** Bytes of an error's or a token's text that are read. */
const MOST_TEXT_BYTES = 64 * 1024;

/** Registries serve by the version of Ollama that asks. */
const USER_AGENT =
  `ollama/${OLLAMA_VERSION} (${Deno.build.arch} ${Deno.build.os}) ` +
  `tally/${VERSION}`;

/** One request. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT";
  /** Relative to the repository, or absolute. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** A redirect is an answer, not to be followed. */
  readonly keepRedirect?: boolean;
  readonly signal: AbortSignal;
}

function isRedirect({ status, headers }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.has("location");
}

/** What is left to tell of an answer that is none of the good ones. */
async function errorOf(response: Response): Promise<RegistryError> {
  const { status } = response;
  const text = await readText(response, MOST_TEXT_BYTES).catch(() => "");
  if (status === 404) {
    return new RegistryError("final", "file does not exist", {
      kind: "not_found",
    });
  }
  const passing = status >= 500 || status === 408 || status === 429;
  return new RegistryError(
    passing ? "broken" : "final",
    `${status}: ${text.trim()}`,
  );
}

/** A repository and the access that was granted to it. */
export class RegistryClient {
  readonly #remote: RemoteModel;
  readonly #keyPath: string;
  #token: string | undefined;
  #granting: Promise<void> | undefined;

  /** Signs with the key of that file when the registry asks for it. */
  constructor(remote: RemoteModel, keyPath: string) {
    this.#remote = remote;
    this.#keyPath = keyPath;
  }

  /** A path below the repository as a URL. */
  url(path: string | URL): URL {
    return new URL(path, this.#remote.repositoryUrl);
  }

  /** Sends; throws a {@linkcode RegistryError} for all but 2xx and 3xx. */
  async send(request: RegistryRequest): Promise<Response> {
    const token = this.#token;
    let response = await this.#follow(request, token);
    if (response.status === 401) {
      await response.body?.cancel();
      await this.#renew(token, response, request.signal);
      response = await this.#follow(request, this.#token);
    }
    if (response.status === 401) {
      await response.body?.cancel();
      throw new RegistryError("final", "unauthorized: access denied", {
        kind: "unauthorized",
      });
    }
    if (response.status >= 400) {
      throw await errorOf(response);
    }
    return response;
  }

  async #follow(
    request: RegistryRequest,
    token: string | undefined,
  ): Promise<Response> {
    let url = this.url(request.path);
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const response = await this.#fetch(request, url, token);
      if (request.keepRedirect || !isRedirect(response)) {
        return response;
      }
      await response.body?.cancel();
      url = this.#redirected(url, response.headers.get("location") ?? "");
    }
    throw new RegistryError(
      "final",
      `stopped after ${MOST_REDIRECTS} redirects`,
    );
  }

  #redirected(from: URL, location: string): URL {
    const url = URL.canParse(location, from.href)
      ? new URL(location, from)
      : undefined;
    const allowed = this.#remote.insecure
      ? ["http:", "https:"]
      : [from.protocol];
    if (url === undefined || !allowed.includes(url.protocol)) {
      throw new RegistryError("final", `refused to go on to "${location}"`);
    }
    return url;
  }

  async #fetch(
    { method, headers = {}, body, signal }: RegistryRequest,
    url: URL,
    token: string | undefined,
  ): Promise<Response> {
    const own = url.origin === this.#remote.repositoryUrl.origin;
    try {
      return await fetch(url, {
        method,
        headers: {
          "User-Agent": USER_AGENT,
          // No other host is to see the token.
          ...(own && token ? { Authorization: `Bearer ${token}` } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        signal,
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw requestFailed(method, url, cause);
    }
  }

  /** Gets a new token, once for all the requests that want one. */
  async #renew(
    old: string | undefined,
    response: Response,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#token === old) {
      this.#granting ??= this.#grant(response, signal)
        .finally(() => this.#granting = undefined);
      await this.#granting;
    }
  }

  async #grant({ headers }: Response, signal: AbortSignal): Promise<void> {
    const challenge = parseChallenge(headers.get("www-authenticate") ?? "");
    if (challenge === undefined) {
      throw new RegistryError("final", "unauthorized: access denied", {
        kind: "unauthorized",
      });
    }
    const { repositoryUrl } = this.#remote;
    const asked = await tokenRequest(challenge, repositoryUrl, this.#keyPath);
    const response = await this.#fetch(
      {
        method: "GET",
        path: asked.url,
        headers: { Authorization: asked.authorization },
        signal,
      },
      asked.url,
      undefined,
    );
    if (!response.ok) {
      throw await errorOf(response);
    }
    this.#token = readToken(await readText(response, MOST_TEXT_BYTES));
  }
}
