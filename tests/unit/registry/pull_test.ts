import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { parseModelName } from "../../../src/models/name.ts";
import { digestOf, randomBytes } from "../../testing/registry_fake.ts";
import { RegistryProxy } from "../../testing/registry_proxy.ts";
import { withRegistry } from "../../testing/registry_transfers.ts";

const SMALL_PARTS = { wanted: 4, least: 1000, most: 5000 };

Deno.test("pull() brings manifest and blobs to the byte and tells it in Ollama's words", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(5000);
    const name = registry.offer("a", [weights]);
    const lines = await bench.pull(name);
    const hex = digestOf(weights).slice(7);
    assertEquals(lines[0], { status: "pulling manifest" });
    assertEquals(
      lines.find((line) => line.digest === digestOf(weights)),
      {
        status: `pulling ${hex.slice(0, 12)}`,
        digest: `sha256:${hex}`,
        total: 5000,
        completed: 5000,
      },
    );
    assertEquals(lines.slice(-3).map(({ status }) => status), [
      "verifying sha256 digest",
      "writing manifest",
      "success",
    ]);
    const stored = await bench.store.read(parseModelName(name));
    assertEquals(
      stored.text,
      registry.manifests.get("/v2/library/a/manifests/latest"),
    );
    assertEquals(
      await Deno.readFile(bench.store.blobPath(digestOf(weights))),
      weights,
    );
    assertEquals((await bench.blobFiles()).length, 2);
  });
});

Deno.test("pull() fetches a blob's parts by range, each once, and puts them together", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(10_500);
    await bench.pull(registry.offer("a", [weights]));
    const ranges = registry.requests.filter((each) =>
      each.includes(digestOf(weights))
    ).map((each) => each.split(" ")[2]);
    assertEquals(
      ranges.sort(),
      [
        "bytes=0-2624",
        "bytes=2625-5249",
        "bytes=5250-7874",
        "bytes=7875-10499",
      ].filter((each) => each !== "bytes=10496-10499"),
    );
  }, { partSizes: SMALL_PARTS });
});

Deno.test("pull() of what is here already asks for the manifest and nothing else", async () => {
  await withRegistry(async (registry, bench) => {
    const name = registry.offer("a", [randomBytes(5000)]);
    await bench.pull(name);
    registry.requests.length = 0;
    const lines = await bench.pull(name);
    assertEquals(registry.requests, ["GET /v2/library/a/manifests/latest"]);
    assertEquals(lines.at(-1), { status: "success" });
  });
});

Deno.test("pull() of a second model fetches only the blobs the first has not", async () => {
  await withRegistry(async (registry, bench) => {
    const [shared, own] = [randomBytes(3000), randomBytes(3000)];
    await bench.pull(registry.offer("a", [shared]));
    registry.requests.length = 0;
    await bench.pull(registry.offer("b", [shared, own]));
    assertEquals(
      registry.requests.filter((each) => each.includes("/blobs/")),
      [`GET /v2/library/b/blobs/${digestOf(own)} bytes=0-2999`],
    );
  });
});

Deno.test("pull() removes what only the model before needed, unless told to keep it", async () => {
  for (const noPrune of [false, true]) {
    await withRegistry(async (registry, bench) => {
      const [old, shared] = [randomBytes(100), randomBytes(200)];
      await bench.pull(registry.offer("other", [shared]));
      await bench.pull(registry.offer("a", [old, shared]));
      const lines = await bench.pull(registry.offer("a", [randomBytes(300)]));
      assertEquals(
        lines.some(({ status }) => status === "removing unused layers"),
        !noPrune,
      );
      assertEquals(await bench.store.hasBlob(digestOf(old)), noPrune);
      assert(await bench.store.hasBlob(digestOf(shared)));
    }, { noPrune });
  }
});

Deno.test("pull() fetches again what is removed while it goes on", async () => {
  await withRegistry(async (registry, bench) => {
    const [first, second] = [randomBytes(100), randomBytes(200)];
    const name = registry.offer("a", [first, second]);
    registry.spoil = async (_request, url) => {
      if (url.pathname.endsWith(digestOf(second))) {
        await Deno.remove(bench.store.blobPath(digestOf(first)))
          .catch(() => {});
      }
      return undefined;
    };
    await bench.pull(name);
    assert(await bench.store.hasBlob(digestOf(first)));
  });
});

Deno.test("pull() of a model that is not there fails at once", async () => {
  await withRegistry(async (registry, bench) => {
    const error = await assertRejects(
      () => bench.pull(`${registry.host}/library/nobody`),
      ServerError,
    );
    assertEquals(
      [error.message, error.kind],
      ["pull model manifest: file does not exist", "not_found"],
    );
    assertEquals(registry.requests.length, 1);
  });
});

Deno.test("pull() tells at once and clearly that nobody listens", async () => {
  await withRegistry(async (_registry, bench) => {
    const { port } = (() => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      return listener.addr;
    })();
    const error = await assertRejects(() =>
      bench.pull(`127.0.0.1:${port}/a/b`)
    );
    assertEquals(
      error.message,
      `pull model manifest: Get "http://127.0.0.1:${port}/v2/a/b/manifests/latest": connection refused`,
    );
  });
});

Deno.test("pull() shares one download between two clients, and lasts while one of them waits", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(4000);
    const name = registry.offer("a", [weights]);
    const gate = Promise.withResolvers<void>();
    registry.spoil = (_request, url) =>
      url.pathname.endsWith(digestOf(weights))
        ? gate.promise.then(() => new Response(weights))
        : undefined;
    const leaver = new AbortController();
    const first = bench.pull(name, leaver.signal);
    const second = bench.pull(name);
    await new Promise((resolve) => setTimeout(resolve, 150));
    leaver.abort(new Error("gone"));
    await assertRejects(() => first, Error, "gone");
    gate.resolve();
    assertEquals((await second).at(-1), { status: "success" });
    const asked = registry.requests
      .filter((each) => each.includes(digestOf(weights)));
    assertEquals(asked.length, 1);
  });
});

Deno.test("pull() that is cancelled keeps what has come, and the next one goes on there", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(4000);
    const name = registry.offer("a", [weights]);
    registry.spoil = (request, url) => {
      if (!url.pathname.endsWith(digestOf(weights))) {
        return undefined;
      }
      const headers = { "Content-Range": "bytes 0-3999/4000" };
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(weights.subarray(0, 1500)),
      });
      return request.headers.get("range") === "bytes=0-3999"
        ? new Response(body, { status: 206, headers })
        : undefined;
    };
    const canceller = new AbortController();
    const pulling = bench.transfers.pull({
      model: name,
      insecure: true,
      signal: canceller.signal,
    });
    for await (const { completed } of pulling) {
      if (completed === 1500) {
        break;
      }
    }
    canceller.abort();
    await bench.pull(name);
    assertEquals(
      registry.requests.at(-2),
      `GET /v2/library/a/blobs/${digestOf(weights)} bytes=1500-3999`,
    );
    assert(await bench.store.hasBlob(digestOf(weights)));
  });
});

Deno.test("pull() goes on with a download that Ollama has begun", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(4000);
    const name = registry.offer("a", [weights]);
    const partial = `${bench.store.blobPath(digestOf(weights))}-partial`;
    await Deno.mkdir(`${bench.store.folder}/blobs`, { recursive: true });
    const begun = new Uint8Array(4000);
    begun.set(weights.subarray(0, 1000));
    begun.set(weights.subarray(2500, 4000), 2500);
    await Deno.writeFile(partial, begun);
    const parts = [
      '{"N":0,"Offset":0,"Size":2500,"Completed":1000}\n',
      '{"N":1,"Offset":2500,"Size":1500,"Completed":1500}\n',
    ];
    for (const [index, text] of parts.entries()) {
      await Deno.writeTextFile(`${partial}-${index}`, text);
    }
    await bench.pull(name);
    assertEquals(
      registry.requests.filter((each) => each.includes(digestOf(weights))),
      [`GET /v2/library/a/blobs/${digestOf(weights)} bytes=1000-2499`],
    );
    assertEquals(
      (await bench.blobFiles()).filter((each) => each.includes("partial")),
      [],
    );
  });
});

Deno.test("pull() begins a download anew when its files make no sense", async () => {
  const nonsense: readonly (readonly string[])[] = [
    ["", ""],
    ["{}"],
    ['{"N":0,"Offset":0,"Size":2500,"Completed":2500}'],
    ['{"N":0,"Offset":0,"Size":4000,"Completed":5000}'],
    ['{"N":0,"Offset":-1,"Size":4001,"Completed":10}'],
    ['{"N":0,"Offset":0,"Size":4000,"Completed":4000}'],
  ];
  for (const parts of nonsense) {
    await withRegistry(async (registry, bench) => {
      const weights = randomBytes(4000);
      const name = registry.offer("a", [weights]);
      const partial = `${bench.store.blobPath(digestOf(weights))}-partial`;
      await Deno.mkdir(`${bench.store.folder}/blobs`, { recursive: true });
      await Deno.writeFile(partial, new Uint8Array(100));
      for (const [index, text] of parts.entries()) {
        await Deno.writeTextFile(`${partial}-${index}`, text);
      }
      await bench.pull(name);
      assertEquals(
        await Deno.readFile(bench.store.blobPath(digestOf(weights))),
        weights,
      );
    });
  }
});

Deno.test("pull() survives cuts at any byte and asks for nothing twice", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(200_000);
    registry.offer("a", [weights]);
    await using proxy = new RegistryProxy(registry.host);
    proxy.cutAfter = () => Math.floor(Math.random() * 15_000);
    await bench.pull(`${proxy.host}/library/a`);
    const file = bench.store.blobPath(digestOf(weights));
    assertEquals(await Deno.readFile(file), weights);
    // Besides the blob: headers, and what a cut took away on its way.
    assert(proxy.cuts >= 10, `${proxy.cuts} cuts`);
    const extra = proxy.sent - weights.length;
    assert(extra < proxy.connections * 1000, `${extra} bytes too many`);
  }, { partSizes: { wanted: 4, least: 1000, most: 100_000 } });
});
