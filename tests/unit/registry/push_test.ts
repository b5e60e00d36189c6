import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseModelName } from "../../../src/models/name.ts";
import { storeModel } from "../../testing/pushed_model.ts";
import { digestOf } from "../../testing/registry_fake.ts";
import { RegistryProxy } from "../../testing/registry_proxy.ts";
import { withRegistry } from "../../testing/registry_transfers.ts";

Deno.test("push() sends blobs and manifest to the byte and tells it in Ollama's words", async () => {
  await withRegistry(async (registry, bench) => {
    const name = `${registry.host}/someone/a`;
    const weights = await storeModel(bench, name, 2500);
    const lines = await bench.push(name);
    const hex = digestOf(weights).slice(7);
    assertEquals(lines[0], { status: "retrieving manifest" });
    assertEquals(
      lines.findLast((line) => line.digest === digestOf(weights)),
      {
        status: `pushing ${hex.slice(0, 12)}`,
        digest: `sha256:${hex}`,
        total: 2500,
        completed: 2500,
      },
    );
    assertEquals(lines.slice(-2).map(({ status }) => status), [
      "pushing manifest",
      "success",
    ]);
    assertEquals(registry.blobs.get(digestOf(weights)), weights);
    const { text } = await bench.store.read(parseModelName(name));
    assertEquals(
      registry.manifests.get("/v2/someone/a/manifests/latest"),
      text,
    );
  });
});

Deno.test("push() goes on after cuts where the registry says it is", async () => {
  await withRegistry(async (registry, bench) => {
    await using proxy = new RegistryProxy(registry.host);
    const name = `${proxy.host}/someone/a`;
    const weights = await storeModel(bench, name, 100_000);
    proxy.cutRequestAfter = () => 3000 + Math.floor(Math.random() * 15_000);
    await bench.push(name);
    assertEquals(registry.blobs.get(digestOf(weights)), weights);
    assert(proxy.cuts >= 5, `${proxy.cuts} cuts`);
    const chunks = registry.requests.filter((each) => each.startsWith("PATCH"));
    // A hundred of the weights, one of the config, one for each cut.
    assert(chunks.length <= 101 + proxy.cuts, `${chunks.length} chunks`);
    const begun = registry.requests.filter((each) => each.startsWith("POST"));
    assertEquals(begun.length, 2);
  });
});

Deno.test("push() sees that only the last answer was lost", async () => {
  await withRegistry(async (registry, bench) => {
    const name = `${registry.host}/someone/a`;
    await storeModel(bench, name, 3000);
    let lost = 0;
    registry.spoil = async (request, { pathname }, answer) => {
      if (request.method === "PUT" && pathname.includes("/uploads/")) {
        lost++;
        await answer();
        return new Response("busy", { status: 503 });
      }
      // What is committed is no upload any more.
      return request.method === "GET" && pathname.includes("/uploads/")
        ? new Response(null, { status: 404 })
        : undefined;
    };
    await bench.push(name);
    assertEquals(lost, 2);
  });
});

Deno.test("push() gives up a registry that takes nothing, and says why", async () => {
  await withRegistry(async (registry, bench) => {
    const name = `${registry.host}/someone/a`;
    await storeModel(bench, name, 3000);
    registry.spoil = (request) =>
      request.method === "PATCH"
        ? new Response("disk full", { status: 507 })
        : undefined;
    await assertRejects(
      () => bench.push(name),
      Error,
      "max retries exceeded: 507: disk full",
    );
    registry.spoil = (request) =>
      request.method === "POST"
        ? new Response("not yours", { status: 403 })
        : undefined;
    await assertRejects(() => bench.push(name), Error, "403: not yours");
  });
});
