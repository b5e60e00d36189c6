import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  blobResponse,
  digestOf,
  manifestOf,
  randomBytes,
  type Spoiler,
} from "../../testing/registry_fake.ts";
import { withRegistry } from "../../testing/registry_transfers.ts";

const SIZE = 4000;
const PATH = "/v2/library/a/manifests/latest";

/** An answer that never ends. */
function endless(status: number, headers: HeadersInit = {}): Response {
  const piece = new Uint8Array(65536);
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(piece),
  });
  return new Response(body, { status, headers });
}

/** Spoils blobs; manifests are answered well. */
function blobsBy(
  answer: (
    request: Request,
    bytes: Uint8Array<ArrayBuffer>,
  ) => Response | undefined,
  weights: Uint8Array<ArrayBuffer>,
): Spoiler {
  return (request, url) =>
    url.pathname.endsWith(digestOf(weights))
      ? answer(request, weights)
      : undefined;
}

function flipped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy[17]! ^= 1;
  return copy;
}

/** First byte of the range that is asked for. */
function startOf(request: Request): number {
  return Number(/=(\d+)/.exec(request.headers.get("range") ?? "")?.[1]);
}

function rangeLie(contentRange: string) {
  return (_request: Request, bytes: Uint8Array<ArrayBuffer>) =>
    new Response(bytes, {
      status: 206,
      headers: { "Content-Range": contentRange },
    });
}

Deno.test("pull() never gives a blob its name that is not what the manifest says", async () => {
  const lies: Readonly<
    Record<
      string,
      [
        (request: Request, bytes: Uint8Array<ArrayBuffer>) => Response,
        string,
      ]
    >
  > = {
    "corrupt bytes": [
      (request, bytes) => blobResponse(request, flipped(bytes)),
      "digest mismatch, file must be downloaded again: want sha256:",
    ],
    "an endless body of something else": [
      () => endless(200),
      "digest mismatch, file must be downloaded again: want sha256:",
    ],
    "an endless range": [
      () => endless(206, { "Content-Range": `bytes 0-3999/${SIZE}` }),
      "digest mismatch, file must be downloaded again: want sha256:",
    ],
    "another range": [rangeLie(`bytes 7-3999/${SIZE}`), "max retries exceeded"],
    "no range": [rangeLie("everything"), "max retries exceeded"],
    "another size": [
      rangeLie("bytes 0-3999/99999999"),
      "the registry 99999999",
    ],
    "nothing": [() => new Response(null), "got status 200"],
    "a redirect without end": [
      (request) => Response.redirect(request.url, 307),
      "stopped after 10 redirects",
    ],
    "a redirect to a file": [
      () => Response.redirect("file:///etc/passwd", 307),
      'refused to go on to "file:///etc/passwd"',
    ],
    "an error": [
      () => new Response("out of order", { status: 500 }),
      "max retries exceeded: 500: out of order",
    ],
    "a refusal": [() => new Response("no", { status: 403 }), "403: no"],
  };
  for (const [what, [answer, text]] of Object.entries(lies)) {
    await withRegistry(async (registry, bench) => {
      const weights = randomBytes(SIZE);
      const name = registry.offer("a", [weights]);
      registry.spoil = blobsBy(answer, weights);
      const error = await assertRejects(() => bench.pull(name));
      assert(error.message.includes(text), `${what}: ${error.message}`);
      assertEquals(await bench.store.hasBlob(digestOf(weights)), false, what);
      assertEquals(await bench.store.names(), [], what);
      // The next pull from an honest registry succeeds, whatever was left.
      registry.spoil = () => undefined;
      await bench.pull(name);
      const file = bench.store.blobPath(digestOf(weights));
      assertEquals(await Deno.readFile(file), weights, what);
    });
  }
});

Deno.test("pull() takes what it can from a registry that does what it wants", async () => {
  const habits: Readonly<
    Record<
      string,
      (request: Request, bytes: Uint8Array<ArrayBuffer>) => Response
    >
  > = {
    "knows no ranges": (_request, bytes) => new Response(bytes),
    "sends more than asked for": (request, bytes) => {
      const start = startOf(request);
      return new Response(bytes.subarray(start), {
        status: 206,
        headers: { "Content-Range": `bytes ${start}-3999/*` },
      });
    },
    "sends less than asked for": (request, bytes) => {
      const start = startOf(request);
      return new Response(bytes.subarray(start, start + 333), {
        status: 206,
        headers: { "Content-Range": `bytes ${start}-3999/4000` },
      });
    },
  };
  for (const [what, answer] of Object.entries(habits)) {
    await withRegistry(async (registry, bench) => {
      const weights = randomBytes(SIZE);
      registry.spoil = blobsBy(answer, weights);
      await bench.pull(registry.offer("a", [weights]));
      const file = bench.store.blobPath(digestOf(weights));
      assertEquals(await Deno.readFile(file), weights, what);
    }, { partSizes: { wanted: 3, least: 1000, most: 2000 } });
  }
});

Deno.test("pull() gives up a registry that stops sending, and says so", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(SIZE);
    const name = registry.offer("a", [weights]);
    registry.spoil = blobsBy((request) => {
      const range = `bytes ${startOf(request)}-3999/4000`;
      const headers = { "Content-Range": range };
      return new Response(new ReadableStream(), { status: 206, headers });
    }, weights);
    const error = await assertRejects(() => bench.pull(name));
    assertEquals(
      error.message,
      "max retries exceeded: stalled for 0.4 seconds",
    );
  });
});

Deno.test("pull() refuses manifests that are none, and writes nothing", async () => {
  const weights = randomBytes(100);
  const good = manifestOf([weights], new Uint8Array([1]));
  const bad: Readonly<Record<string, string>> = {
    "a path as digest": good.replace(
      digestOf(weights),
      "sha256:../../../../evil",
    ),
    "a path behind a digest": good.replace(
      digestOf(weights),
      `${digestOf(weights)}/../../evil`,
    ),
    "no layers": '{"config":{}}',
    "no JSON": "<html>",
    "null": "null",
    "a negative size": good.replace('"size": 100', '"size": -100'),
    "a broken size": good.replace('"size": 100', '"size": 0.5'),
    "a size beyond all disks": good.replace('"size": 100', '"size": 1e15'),
    "too long": JSON.stringify({ padding: "x".repeat(5_000_000) }),
  };
  for (const [what, text] of Object.entries(bad)) {
    await withRegistry(async (registry, bench) => {
      registry.manifests.set(PATH, text);
      const error = await assertRejects(() =>
        bench.pull(`${registry.host}/library/a`)
      );
      assert(
        error.message.startsWith("pull model manifest: "),
        `${what}: ${error.message}`,
      );
      const files = await Array.fromAsync(Deno.readDir(bench.folder));
      assertEquals(files, [], what);
    });
  }
});

Deno.test("pull() gives up a manifest without end", async () => {
  await withRegistry(async (registry, bench) => {
    registry.spoil = () => endless(200);
    const error = await assertRejects(() =>
      bench.pull(`${registry.host}/library/a`)
    );
    assertEquals(
      error.message,
      "pull model manifest: the answer is longer than 4194304 bytes",
    );
  });
});

Deno.test("pull() does not fill the disk for a size that is a lie", async () => {
  await withRegistry(async (registry, bench) => {
    const weights = randomBytes(100);
    registry.offer("a", [weights]);
    const text = registry.manifests.get(PATH) ?? "";
    registry.manifests.set(
      PATH,
      text.replace('"size": 100', '"size": 9000000000000'),
    );
    await assertRejects(() => bench.pull(`${registry.host}/library/a`));
    for (const name of await bench.blobFiles()) {
      const { size } = await Deno.stat(`${bench.store.folder}/blobs/${name}`);
      assert(size < 1000, `${name} has ${size} bytes`);
    }
  });
});

Deno.test("pull() of a model of tensors says what it would need", async () => {
  await withRegistry(async (registry, bench) => {
    const name = registry.offer("a", [randomBytes(10)]);
    const text = registry.manifests.get(PATH) ?? "";
    registry.manifests.set(PATH, text.replace("image.model", "image.tensor"));
    await assertRejects(
      () => bench.pull(name),
      Error,
      "this model requires MLX support, but the MLX runtime is not available",
    );
  });
});
