/**
 * Stands before a real registry and sees every request; a test can have it
 * answer in the registry's place.
 *
 * @module
 */

import type { Spoiler } from "./registry_fake.ts";

/** A running gateway. */
export class RegistryGateway implements AsyncDisposable {
  /** `GET /v2/…`, with the range if there was one. */
  readonly requests: string[] = [];
  spoil: Spoiler = () => undefined;
  #upstream = "";
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Speaks TLS when it is given a certificate. */
  constructor(tls?: Deno.TlsCertifiedKeyPem) {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      onError: () => new Response(null, { status: 502 }),
      ...tls,
    }, (request) => this.#handle(request));
  }

  /** `127.0.0.1:<port>`, as in a model's name. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Sends on what is not spoilt to a registry, `host:port`. */
  leadTo(upstream: string): void {
    this.#upstream = upstream;
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
    const answer = () => this.#forward(request, url);
    return await this.spoil(request, url, answer) ?? await answer();
  }

  async #forward(request: Request, url: URL): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.delete("host");
    const { status, body, headers: answered } = await fetch(
      `http://${this.#upstream}${url.pathname}${url.search}`,
      {
        method: request.method,
        headers,
        redirect: "manual",
        ...(request.body === null ? {} : { body: request.body }),
      },
    );
    return new Response(body, { status, headers: answered });
  }
}
