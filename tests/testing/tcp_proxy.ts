/**
 * A net between a client and a server that can break at a bad moment.
 *
 * @module
 */

/** Forwards connections to a port of the loopback. */
export class TcpProxy implements Disposable {
  readonly port: number;
  /** Whether the next answers are lost, and their connections with them. */
  losesAnswers = false;
  readonly #listener: Deno.TcpListener;
  readonly #target: number;

  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accept();
  }

  [Symbol.dispose]() {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#connect(client).catch(() => {});
    }
  }

  async #connect(client: Deno.TcpConn): Promise<void> {
    using _client = client;
    using server = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.#target,
    });
    const questions = client.readable.pipeTo(server.writable);
    questions.catch(() => {});
    const writer = client.writable.getWriter();
    for await (const chunk of server.readable) {
      if (this.losesAnswers) {
        return;
      }
      await writer.write(chunk);
    }
  }
}
