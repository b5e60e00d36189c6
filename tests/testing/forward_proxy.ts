/**
 * The kind of proxy that `HTTP_PROXY` and `HTTPS_PROXY` name. Every host it is
 * asked for lies, for the test, on the loopback.
 *
 * @module
 */

const HEAD_END = "\r\n\r\n";

/** A running proxy. */
export class ForwardProxy implements AsyncDisposable {
  /** First lines of requests: `CONNECT host:443`, `GET http://host/…`. */
  readonly requests: string[] = [];
  readonly #target: string;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;

  /** Leads to `target`, `host:port`, whoever is asked for. */
  constructor(target: string) {
    this.#target = target;
    this.#serving = this.#serve();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose]() {
    this.#listener.close();
    this.#open.forEach((each) => this.#close(each));
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const running: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) {
        running.push(this.#connect(client).catch(() => this.#close(client)));
      }
    } catch {
      // Closed.
    }
    await Promise.all(running);
  }

  async #connect(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    const head = await this.#readHead(client);
    const [method = "", address = ""] = head.split(" ");
    this.requests.push(`${method} ${address}`);
    const [hostname, port] = this.#target.split(":") as [string, string];
    const server = await Deno.connect({ hostname, port: Number(port) });
    this.#open.add(server);
    const [to, text] = method === "CONNECT"
      ? [client, `HTTP/1.1 200 Connection established${HEAD_END}`] as const
      : [server, head] as const;
    await to.write(new TextEncoder().encode(text));
    await Promise.all([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ].map((each) => each.catch(() => {})));
    this.#close(client);
    this.#close(server);
  }

  async #readHead(client: Deno.Conn): Promise<string> {
    const buffer = new Uint8Array(4096);
    let head = "";
    while (!head.includes(HEAD_END)) {
      const count = await client.read(buffer);
      if (count === null) {
        throw new Error("no request came");
      }
      head += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return head;
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
