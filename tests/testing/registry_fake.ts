/**
 * A registry in this process, whose answers a test can spoil.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Patience } from "../../src/registry/back_off.ts";

/** Gives up soon, so that tests of failures are quick. */
export const IMPATIENCE: Patience = {
  attempts: 4,
  firstDelayMs: 1,
  longestDelayMs: 10,
  stallMs: 400,
};

/** Answers instead of the registry, or lets it answer. */
export type Spoiler = (
  request: Request,
  url: URL,
  answer: () => Promise<Response>,
) => Response | Promise<Response | undefined> | undefined;

/** `sha256:…` of bytes. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Bytes that no compression makes smaller. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  return bytes;
}

/** A layer in a manifest. */
function layer(mediaType: string, bytes: Uint8Array) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** The text of a manifest over weights and a config. */
export function manifestOf(
  weights: readonly Uint8Array[],
  config: Uint8Array,
): string {
  // Not as we would write it: its bytes have to stay as they are.
  return JSON.stringify(
    {
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: layer("application/vnd.docker.container.image.v1+json", config),
      layers: weights.map((each) =>
        layer("application/vnd.ollama.image.model", each)
      ),
    },
    null,
    3,
  );
}

/** A running registry. */
export class FakeRegistryServer implements AsyncDisposable {
  readonly blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Below `/v2/<repository>/manifests/<tag>`: path to text. */
  readonly manifests = new Map<string, string>();
  /** `GET /v2/…`, with the range if there was one. */
  readonly requests: string[] = [];
  spoil: Spoiler = () => undefined;
  readonly #uploads = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Speaks TLS when it is given a certificate. */
  constructor(tls?: Deno.TlsCertifiedKeyPem) {
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        // Of requests that were cut off; nobody reads the answer.
        onError: () => new Response(null, { status: 500 }),
        ...tls,
      },
      (request) => this.#handle(request),
    );
  }

  /** `127.0.0.1:<port>`, as in a model's name. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Offers a model under `library/<model>:latest`; its name. */
  offer(
    model: string,
    weights: readonly Uint8Array<ArrayBuffer>[],
    config = new TextEncoder().encode("{}"),
  ): string {
    for (const bytes of [...weights, config]) {
      this.blobs.set(digestOf(bytes), bytes);
    }
    const path = `/v2/library/${model}/manifests/latest`;
    this.manifests.set(path, manifestOf(weights, config));
    return `${this.host}/library/${model}`;
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const range = request.headers.get("range");
    this.requests.push(
      `${request.method} ${url.pathname}${range ? ` ${range}` : ""}`,
    );
    const answer = () => this.#answer(request, url);
    const spoilt = await this.spoil(request, url, answer);
    const response = spoilt ?? await answer();
    if (request.body !== null && !request.bodyUsed) {
      await request.body.cancel();
    }
    return response;
  }

  async #answer(request: Request, url: URL): Promise<Response> {
    const { pathname } = url;
    if (pathname.includes("/uploads/")) {
      return await this.#upload(request, url);
    }
    if (pathname.includes("/manifests/")) {
      if (request.method === "PUT") {
        this.manifests.set(pathname, await request.text());
        return new Response(null, { status: 201 });
      }
      const text = this.manifests.get(pathname);
      return new Response(text ?? null, { status: text ? 200 : 404 });
    }
    const bytes = this.blobs.get(pathname.split("/").pop() ?? "");
    return bytes === undefined
      ? new Response(null, { status: 404 })
      : blobResponse(request, bytes);
  }

  async #upload(request: Request, url: URL): Promise<Response> {
    const id = url.pathname.split("/").pop() || crypto.randomUUID();
    const had = this.#uploads.get(id) ?? new Uint8Array();
    const headers = {
      Location: `/v2/library/x/blobs/uploads/${id}`,
      Range: `0-${Math.max(0, had.length - 1)}`,
    };
    switch (request.method) {
      case "POST":
        this.#uploads.set(id, had);
        return new Response(null, { status: 202, headers });
      case "GET":
        return new Response(null, { status: 204, headers });
      case "PATCH": {
        const start = request.headers.get("content-range")?.split("-")[0];
        if (Number(start) !== had.length) {
          return new Response(null, { status: 416 });
        }
        const more = new Uint8Array(await request.arrayBuffer());
        this.#uploads.set(id, Uint8Array.from([...had, ...more]));
        return new Response(null, { status: 202, headers });
      }
      default: {
        const digest = url.searchParams.get("digest") ?? "";
        const good = digest === digestOf(had);
        if (good) {
          this.blobs.set(digest, had);
        }
        return new Response(null, { status: good ? 201 : 400 });
      }
    }
  }
}

/** A blob, or the range of it that is asked for. */
export function blobResponse(
  request: Request,
  bytes: Uint8Array<ArrayBuffer>,
): Response {
  const range = request.headers.get("range");
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (from === undefined) {
    return new Response(bytes);
  }
  const end = Math.min(Number(to), bytes.length - 1);
  return new Response(bytes.subarray(Number(from), end + 1), {
    status: 206,
    headers: { "Content-Range": `bytes ${from}-${end}/${bytes.length}` },
  });
}
