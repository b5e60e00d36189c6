import { assert, assertEquals } from "@std/assert";
import { parseModelName } from "../../src/models/name.ts";
import { ModelStore } from "../../src/models/store.ts";
import { post, readLines } from "../testing/api.ts";
import {
  DockerRegistry,
  hasDockerRegistry,
} from "../testing/docker_registry.ts";
import { runTally } from "../testing/fake_ollama.ts";
import { contents } from "../testing/folder_contents.ts";
import { digestOf } from "../testing/registry_fake.ts";
import { RegistryGateway } from "../testing/registry_gateway.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const ignore = !hasDockerRegistry();
const WEIGHTS = tinyGguf();

/** Makes a model of the weights and a system prompt of its own. */
async function create(
  { baseUrl }: TestServer,
  model: string,
  system: string,
): Promise<void> {
  const digest = digestOf(WEIGHTS);
  const path = `${baseUrl}/api/blobs/${digest}`;
  await (await fetch(path, { method: "POST", body: WEIGHTS })).body?.cancel();
  const files = { "model.gguf": digest };
  const made = await post(`${baseUrl}/api/create`, { model, files, system });
  const lines = await Array.fromAsync(readLines(made));
  assertEquals(lines.at(-1), { status: "success" });
}

/** Runs a verb that must succeed; what it told. */
async function succeeds(
  server: TestServer,
  ...args: string[]
): Promise<string[]> {
  const { code, err } = await runTally(server.baseUrl, args);
  assertEquals(code, 0, err);
  return err.trim().split("\n");
}

async function withServers(
  test: (
    gateway: RegistryGateway,
    registry: DockerRegistry,
    from: TestServer,
    to: TestServer,
  ) => Promise<void>,
): Promise<void> {
  await using registry = await DockerRegistry.start();
  await using gateway = new RegistryGateway();
  gateway.leadTo(registry.host);
  await using from = await startServer();
  await using to = await startServer();
  await test(gateway, registry, from, to);
}

Deno.test({
  name: "what one server pushes another one pulls, to the byte",
  ignore,
  fn: () =>
    withServers(async (gateway, registry, from, to) => {
      const name = `${gateway.host}/someone/tiny:v1`;
      await create(from, name, "Be brief.");
      const pushed = await succeeds(from, "push", name, "--insecure");
      assertEquals(pushed[0], "retrieving manifest");
      assertEquals(pushed.slice(-2), ["pushing manifest", "success"]);
      const hex = digestOf(WEIGHTS).slice("sha256:".length);
      assert(
        pushed.some((line) => line.startsWith(`pushing ${hex.slice(0, 12)}`)),
        pushed.join("\n"),
      );
      assertEquals(await registry.blob(digestOf(WEIGHTS)), WEIGHTS);

      const pulled = await succeeds(to, "pull", name, "--insecure");
      assertEquals(pulled[0], "pulling manifest");
      assertEquals(pulled.slice(-3), [
        "verifying sha256 digest",
        "writing manifest",
        "success",
      ]);
      assertEquals(await contents(to.folder), await contents(from.folder));
      const { out } = await runTally(to.baseUrl, ["show", name, "--system"]);
      assertEquals(out.trim(), "Be brief.");
    }),
});

Deno.test({
  name: "blobs that are there already are neither sent nor fetched",
  ignore,
  fn: () =>
    withServers(async (gateway, _registry, from, to) => {
      const [first, second] = ["one", "two"]
        .map((each) => `${gateway.host}/someone/${each}`) as [string, string];
      await create(from, first, "Be brief.");
      await create(from, second, "Be verbose.");
      await succeeds(from, "push", first, "--insecure");
      await succeeds(to, "pull", first, "--insecure");

      gateway.requests.length = 0;
      await succeeds(from, "push", first, "--insecure");
      const methods = gateway.requests.map((each) => each.split(" ")[0]);
      assertEquals(methods, [...methods.slice(1).map(() => "HEAD"), "PUT"]);

      // Another repository of the same registry: mounted, not sent.
      gateway.requests.length = 0;
      let sent = 0;
      gateway.spoil = (request) => {
        sent += Number(request.headers.get("content-length"));
        return undefined;
      };
      await succeeds(from, "push", second, "--insecure");
      assert(sent < WEIGHTS.length / 10, `${sent} bytes sent`);

      gateway.requests.length = 0;
      await succeeds(to, "pull", second, "--insecure");
      assertEquals(
        gateway.requests.filter((each) => each.includes(digestOf(WEIGHTS))),
        [],
      );
      assertEquals(await contents(to.folder), await contents(from.folder));
    }),
});

Deno.test({
  name: "a pull of a newer version removes what no model needs any more",
  ignore,
  fn: () =>
    withServers(async (gateway, _registry, from, to) => {
      const name = `${gateway.host}/someone/tiny`;
      await create(from, name, "Be brief.");
      await succeeds(from, "push", name, "--insecure");
      await succeeds(to, "pull", name, "--insecure");
      await create(from, name, "Be verbose.");
      await succeeds(from, "push", name, "--insecure");
      const lines = await succeeds(to, "pull", name, "--insecure");
      assertEquals(lines.slice(-2), ["removing unused layers", "success"]);
      assertEquals(await contents(to.folder), await contents(from.folder));
      const store = new ModelStore(to.folder);
      const { manifest } = await store.read(parseModelName(name));
      const system = manifest.layers.find(({ mediaType }) =>
        mediaType.endsWith(".system")
      );
      assertEquals(
        await store.readBlobText(system?.digest ?? ""),
        "Be verbose.",
      );
    }),
});
