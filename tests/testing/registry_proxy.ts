/**
 * A proxy between a client and a registry, which does to the connections what
 * bad networks and worse registries do.
 *
 * @module
 */

/** Changes bytes in passing; `at` counts from the connection's beginning. */
export type Tamper = (bytes: Uint8Array, at: number) => Uint8Array;

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += await to.write(bytes.subarray(written));
  }
}

/** A TCP proxy on a port of its own. */
export class RegistryProxy implements AsyncDisposable {
  /** Connections made, connections cut, bytes sent towards clients. */
  connections = 0;
  cuts = 0;
  sent = 0;
  /** Bytes a connection may send towards its client before it is cut. */
  cutAfter: () => number = () => Infinity;
  /** The same towards the registry. */
  cutRequestAfter: () => number = () => Infinity;
  /** Longest time between two pieces, ms; slows transfers down. */
  pauseMs = 0;
  tamperRequest: Tamper = (bytes) => bytes;
  tamperAnswer: Tamper = (bytes) => bytes;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #upstream: URL;
  readonly #open = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;

  /** `upstream` is `host:port`. */
  constructor(upstream: string) {
    this.#upstream = new URL(`http://${upstream}`);
    this.#serving = this.#serve();
  }

  get host(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Cuts every connection there is now. */
  cutAll(): void {
    this.#open.forEach((each) => this.#close(each));
  }

  async [Symbol.asyncDispose]() {
    this.#listener.close();
    this.cutAll();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const running: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) {
        this.connections++;
        running.push(this.#connect(client));
      }
    } catch {
      // Closed.
    }
    await Promise.all(running);
  }

  async #connect(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    try {
      const { hostname, port } = this.#upstream;
      const registry = await Deno.connect({ hostname, port: Number(port) });
      this.#open.add(registry);
      await Promise.all([
        this.#requests(client, registry),
        this.#answers(registry, client),
      ]);
    } catch {
      this.#close(client);
    }
  }

  async #requests(client: Deno.Conn, registry: Deno.Conn): Promise<void> {
    const most = this.cutRequestAfter();
    let at = 0;
    try {
      for await (const bytes of client.readable) {
        const piece = this.tamperRequest(bytes, at).subarray(0, most - at);
        await writeAll(registry, piece);
        at += piece.length;
        if (at >= most) {
          this.cuts++;
          this.#close(client);
          break;
        }
      }
    } catch {
      // Cut.
    }
    this.#close(registry);
  }

  async #answers(registry: Deno.Conn, client: Deno.Conn): Promise<void> {
    const most = this.cutAfter();
    let at = 0;
    try {
      for await (const bytes of registry.readable) {
        const piece = this.tamperAnswer(bytes, at).subarray(0, most - at);
        await writeAll(client, piece);
        this.sent += piece.length;
        at += piece.length;
        if (at >= most) {
          this.cuts++;
          break;
        }
        if (this.pauseMs > 0) {
          await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
        }
      }
    } catch {
      // Cut.
    }
    this.#close(client);
    this.#close(registry);
  }

  #close(connection: Deno.Conn): void {
    this.#open.delete(connection);
    try {
      connection.close();
    } catch {
      // Closed already.
    }
  }
}
