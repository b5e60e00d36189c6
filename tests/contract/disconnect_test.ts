import { assertEquals } from "@std/assert";
import { closedPeers, watchPeers } from "../../src/http/peer_watch.ts";
import { testApp } from "../testing/app.ts";
import type { Script } from "../testing/fake_inference.ts";

/** Generates for ever; `stopped` resolves when it was told to stop. */
function endless(texts: boolean) {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const { promise: running, resolve: run } = Promise.withResolvers<void>();
  const script: Script = async function* (_request, signal) {
    const aborted = new Promise<void>((stop) => {
      signal.addEventListener("abort", () => stop());
    });
    yield { type: "started", loadNs: 1, prompt: { cached: 2, computed: 9 } };
    run();
    if (texts) {
      yield { type: "text", text: "Hello" };
    }
    await aborted;
    resolve();
    // What was on its way when the client left.
    yield { type: "text", text: "late" };
  };
  return { script, running, stopped };
}

/** The head of a request and its body. */
function messageOf(body: unknown): [string, string] {
  const text = JSON.stringify(body);
  return [
    "POST /api/generate HTTP/1.1\r\nHost: localhost\r\n" +
    `Content-Length: ${text.length}\r\n\r\n`,
    text,
  ];
}

/** Sends a request over a real connection. */
async function connect(port: number, body: unknown): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = messageOf(body).join("");
  await connection.write(new TextEncoder().encode(text));
  return connection;
}

for (const stream of [true, false]) {
  const name = stream ? "a stream" : "a single answer";
  Deno.test(`a client that hangs up on ${name} stops the work`, async () => {
    const { app, inference, errors } = testApp();
    const { script, running, stopped } = endless(stream);
    inference.script = script;
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
    }, app.fetch);
    const { port } = server.addr;
    const connection = await connect(port, {
      model: "plain",
      prompt: "hi",
      stream,
    });
    await running;
    if (stream) {
      await connection.read(new Uint8Array(1000));
    }
    connection.close();
    await stopped;
    await server.shutdown();
    assertEquals(errors, []);
  });
}

Deno.test({
  name: "a client whose body came after the head is missed when it hangs up",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { app, inference, errors } = testApp();
    const { script, running, stopped } = endless(false);
    inference.script = script;
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const watched = watchPeers(app.fetch, () => server.addr.port);
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
    }, (request, info) => {
      arrive();
      return watched(request, info);
    });
    const { port } = server.addr;
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const encoder = new TextEncoder();
    const [head, body] = messageOf({
      model: "plain",
      prompt: "hi",
      stream: false,
    });
    await connection.write(encoder.encode(head));
    await arrived;
    await connection.write(encoder.encode(body));
    await running;
    connection.close();
    await stopped;
    await server.shutdown();
    assertEquals(errors, []);
  },
});

Deno.test("peers that have closed are found in the kernel's table", () => {
  const table = `
  sl  local_address rem_address   st tx_queue rx_queue
   0: 0100007F:2CAA 0100007F:8DB6 08 00000000:00000001 00:00000000
   1: 0100007F:2CAA 0100007F:8DB7 01 00000000:00000000 00:00000000
   2: 0100007F:2CAB 0100007F:8DB8 08 00000000:00000001 00:00000000
   3: 00000000000000000000000001000000:2CAA 00000000000000000000000001000000:8DB9 08
   4: 0000000000000000FFFF00000100007F:2CAA 0000000000000000FFFF00000100007F:8DBA 08
`;
  assertEquals(closedPeers(table, 11434), [
    "127.0.0.1 36278",
    "[::1] 36281",
    "[::ffff:7f00:1] 36282",
  ]);
});

Deno.test("a client that hangs up before the first token stops the work", async () => {
  const { app, inference } = testApp();
  const { script, running, stopped } = endless(false);
  inference.script = script;
  const client = new AbortController();
  const response = app.request("/api/generate", {
    method: "POST",
    body: JSON.stringify({ model: "plain", prompt: "hi" }),
    signal: client.signal,
  });
  await running;
  client.abort();
  await stopped;
  await (await response).body?.cancel();
});

Deno.test("a stream is generated no faster than it is read", async () => {
  let generated = 0;
  const { post, inference } = testApp();
  inference.script = async function* () {
    while (true) {
      generated++;
      yield await Promise.resolve({ type: "text", text: "x" });
    }
  };
  const response = await post("/api/generate", { model: "plain", prompt: "x" });
  const reader = response.body!.getReader();
  for (let count = 0; count < 5; count++) {
    await reader.read();
  }
  assertEquals(generated, 5);
  await reader.cancel();
});
