import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, CliError } from "../../../src/cli/client.ts";

/** A client of a server that answers so. */
async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  run: (client: Client) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, answer);
  const { hostname, port } = server.addr;
  try {
    await run(new Client({ scheme: "http", hostname, port }));
  } finally {
    await server.shutdown();
  }
}

/** A body in the given pieces. */
function pieces(...texts: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(texts).pipeThrough(new TextEncoderStream());
}

Deno.test("Client.get() reads JSON", async () => {
  await withServer(
    (request) => Response.json({ path: new URL(request.url).pathname }),
    async (client) => {
      assertEquals(await client.get("/api/tags"), { path: "/api/tags" });
    },
  );
});

Deno.test("Client.send() sends JSON and bears an empty answer", async () => {
  await withServer(
    async (request) => {
      const text = await request.text();
      return request.method === "DELETE"
        ? new Response()
        : Response.json([request.method, JSON.parse(text)]);
    },
    async (client) => {
      assertEquals(await client.send("POST", "/x", { a: 1 }), [
        "POST",
        { a: 1 },
      ]);
      assertEquals(await client.send("DELETE", "/x", {}), undefined);
    },
  );
});

Deno.test("Client throws what the server says", async () => {
  const cases = [
    [
      Response.json({ error: "model 'x' not found" }, { status: 404 }),
      "model 'x' not found",
    ],
    [
      new Response("404 page not found\n", { status: 404 }),
      "404 page not found",
    ],
    [new Response(null, { status: 500 }), "the server answered 500"],
    [Response.json({}, { status: 500 }), "{}"],
  ] as const;
  for (const [response, message] of cases) {
    await withServer(() => response, async (client) => {
      const error = await assertRejects(() => client.get("/x"), CliError);
      assertEquals(error.message, message);
    });
  }
});

Deno.test("Client.stream() reads lines, however they are cut", async () => {
  await withServer(
    () => new Response(pieces('{"a":1}\n{"a"', ":", '2}\n{"a":"é"}')),
    async (client) => {
      const lines = await Array.fromAsync(client.stream("/x", {}));
      assertEquals(lines, [{ a: 1 }, { a: 2 }, { a: "é" }]);
    },
  );
});

Deno.test("Client.stream() throws an error line, after what came before", async () => {
  await withServer(
    () => new Response(pieces('{"a":1}\n{"error":"the engine died"}\n')),
    async (client) => {
      const lines: unknown[] = [];
      await assertRejects(
        async () => {
          for await (const line of client.stream("/x", {})) {
            lines.push(line);
          }
        },
        CliError,
        "the engine died",
      );
      assertEquals(lines, [{ a: 1 }]);
    },
  );
});

Deno.test("Client.stream() ends with an empty answer", async () => {
  await withServer(
    () => new Response(null, { status: 204 }),
    async (client) => {
      assertEquals(await Array.fromAsync(client.stream("/x", {})), []);
    },
  );
});

Deno.test("Client.stream() stops when it is told to", async () => {
  const left = Promise.withResolvers<void>();
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) =>
      controller.enqueue(new TextEncoder().encode('{"a":1}\n')),
    cancel: () => left.resolve(),
  });
  await withServer(() => new Response(endless), async (client) => {
    const stop = new AbortController();
    await assertRejects(async () => {
      for await (const _ of client.stream("/x", {}, stop.signal)) {
        stop.abort();
      }
    }, DOMException);
    await left.promise;
  });
});

Deno.test("Client sends blobs and asks for them", async () => {
  const blobs = new Map<string, string>();
  await withServer(
    async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method === "POST") {
        blobs.set(pathname, await request.text());
        return new Response(null, { status: 201 });
      }
      return new Response(null, { status: blobs.has(pathname) ? 200 : 404 });
    },
    async (client) => {
      assert(!await client.hasBlob("sha256:a"));
      await client.uploadBlob("sha256:a", pieces("hel", "lo"));
      assert(await client.hasBlob("sha256:a"));
      assertEquals(blobs.get("/api/blobs/sha256:a"), "hello");
    },
  );
});

Deno.test("Client says how to start a server that is not there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  listener.close();
  const client = new Client({ scheme: "http", hostname, port });
  await assertRejects(
    () => client.get("/x"),
    CliError,
    `could not connect to tally at http://127.0.0.1:${port}, ` +
      "run 'tally serve' to start it",
  );
});

/** Answers one request with a line and half an answer, then hangs up. */
async function breakOff(listener: Deno.Listener): Promise<void> {
  using connection = await listener.accept();
  await connection.read(new Uint8Array(4096));
  const line = '{"text":"Go"}\n';
  const answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
    `${line.length.toString(16)}\r\n${line}\r\n`;
  await connection.write(new TextEncoder().encode(answer));
}

Deno.test("Client.stream() tells a server that goes away, after what came before", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr as Deno.NetAddr;
  const client = new Client({ scheme: "http", hostname, port });
  const served = breakOff(listener);
  const seen: unknown[] = [];
  const error = await assertRejects(async () => {
    for await (const value of client.stream("/x", {})) {
      seen.push(value);
    }
  }, CliError);
  await served;
  assertEquals(seen, [{ text: "Go" }]);
  assertEquals(
    error.message,
    `Lost the connection to Tally at http://127.0.0.1:${port}`,
  );
});
