import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  DockerRegistry,
  hasDockerRegistry,
} from "../testing/docker_registry.ts";
import {
  type PushedModel,
  pushModel,
  storeModel,
} from "../testing/pushed_model.ts";
import { digestOf } from "../testing/registry_fake.ts";
import { RegistryGateway } from "../testing/registry_gateway.ts";
import { RegistryProxy } from "../testing/registry_proxy.ts";
import { TransferBench } from "../testing/registry_transfers.ts";

const ignore = !hasDockerRegistry();
const SIZE = 20_000_000;
const CUTS = 50;

/** Parts of five megabytes, four of them side by side. */
const PART_SIZES = { wanted: 4, least: 1000, most: SIZE };

/** Most bytes that a cut may cost: headers, and what was on its way. */
const LOST_BYTES = 65_536;

async function assertHas(
  { store }: TransferBench,
  { digest, weights }: PushedModel,
): Promise<void> {
  assertEquals(digestOf(await Deno.readFile(store.blobPath(digest))), digest);
  assertEquals(await store.blobSize(digest), weights.length);
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

Deno.test({
  name: "a pull survives 50 cuts at random bytes and fetches nothing twice",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start();
    const model = await pushModel(registry, SIZE);
    await using proxy = new RegistryProxy(registry.host);
    await using bench = await TransferBench.make({ partSizes: PART_SIZES });
    // Not by the count of connections: one may end before it would be cut.
    proxy.cutAfter = () => proxy.cuts < CUTS ? below(500_000) : Infinity;
    const lines = await bench.pull(`${proxy.host}/${model.path}`);
    assertEquals(lines.at(-1), { status: "success" });
    await assertHas(bench, model);
    assert(proxy.cuts >= CUTS, `${proxy.cuts} cuts`);
    const extra = proxy.sent - SIZE;
    assert(extra < proxy.cuts * LOST_BYTES, `${extra} bytes too many`);
  },
});

Deno.test({
  name: "a pull finds bytes that were changed on the way, and the next is good",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start();
    const model = await pushModel(registry, 1_000_000);
    await using proxy = new RegistryProxy(registry.host);
    await using bench = await TransferBench.make();
    const name = `${proxy.host}/${model.path}`;
    for (let round = 0; round < 5; round++) {
      const target = 10_000 + below(900_000);
      proxy.tamperAnswer = (bytes, at) => {
        if (at <= target && target < at + bytes.length) {
          bytes[target - at]! ^= 1 << below(8);
        }
        return bytes;
      };
      await assertRejects(
        () => bench.pull(name),
        Error,
        `digest mismatch, file must be downloaded again: want ${model.digest}`,
      );
      assertEquals(await bench.store.names(), []);
      assertEquals(await bench.store.hasBlob(model.digest), false);
      proxy.cutAll();
    }
    proxy.tamperAnswer = (bytes) => bytes;
    await bench.pull(name);
    await assertHas(bench, model);
  },
});

/** Ways to answer a range wrongly, made of the right answer. */
const LIES: readonly ((right: Response) => Response | Promise<Response>)[] = [
  // The range as if it were the whole blob.
  ({ body }) => new Response(body, { status: 200 }),
  // Another range than was asked for.
  ({ body, headers }) => {
    const range = headers.get("content-range") ?? "";
    return new Response(body, {
      status: 206,
      headers: {
        "Content-Range": range.replace(/\d+/, (each) => `${Number(each) + 1}`),
      },
    });
  },
  // Less than was asked for.
  async (right) => {
    const bytes = new Uint8Array(await right.arrayBuffer());
    return new Response(bytes.subarray(0, bytes.length / 3), {
      status: 206,
      headers: { "Content-Range": right.headers.get("content-range") ?? "" },
    });
  },
  async (right) => {
    await right.body?.cancel();
    return new Response(null, { status: 206 });
  },
  async (right) => {
    await right.body?.cancel();
    return new Response("<html>busy</html>", { status: 503 });
  },
];

Deno.test({
  name: "a pull believes no lie about a range, and ends well when they end",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start();
    const model = await pushModel(registry, 1_000_000);
    await using gateway = new RegistryGateway();
    gateway.leadTo(registry.host);
    for (const lie of LIES) {
      await using bench = await TransferBench.make({ partSizes: PART_SIZES });
      let told = 0;
      gateway.spoil = async (_request, { pathname }, answer) =>
        pathname.endsWith(model.digest) && told++ < PART_SIZES.wanted
          ? lie(await answer())
          : undefined;
      await bench.pull(`${gateway.host}/${model.path}`);
      await assertHas(bench, model);
      assert(told > PART_SIZES.wanted, `${told} answers`);
    }
  },
});

Deno.test({
  name: "a push begins a blob anew that the registry lost by a cut",
  ignore,
  fn: async () => {
    await using registry = await DockerRegistry.start();
    await using proxy = new RegistryProxy(registry.host);
    await using bench = await TransferBench.make({ uploadChunkBytes: 50_000 });
    const name = `${proxy.host}/someone/weights`;
    const weights = await storeModel(bench, name, 1_000_000);
    // So few that it is not given up: this registry loses what is cut.
    proxy.cutRequestAfter = () =>
      proxy.cuts < 3 ? 5000 + below(900_000) : Infinity;
    const lines = await bench.push(name);
    assertEquals(lines.at(-1), { status: "success" });
    assertEquals(await registry.blob(digestOf(weights)), weights);
    assert(proxy.cuts > 0);
  },
});
