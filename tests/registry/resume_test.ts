import { assert, assertEquals } from "@std/assert";
import { post, readLines } from "../testing/api.ts";
import {
  DockerRegistry,
  hasDockerRegistry,
} from "../testing/docker_registry.ts";
import { type PushedModel, pushModel } from "../testing/pushed_model.ts";
import { digestOf } from "../testing/registry_fake.ts";
import { RegistryProxy } from "../testing/registry_proxy.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const ignore = !hasDockerRegistry();
const SIZE = 40_000_000;

/** Bytes after which a download says on disk how far it has come. */
const SAVE_BYTES = 4 * 1024 * 1024;

/** Headers, manifest and config of one pull. */
const OTHER_BYTES = 20_000;

function startPull(
  { baseUrl }: TestServer,
  model: string,
  signal?: AbortSignal,
): Promise<Response> {
  return post(`${baseUrl}/api/pull`, { model, insecure: true }, signal);
}

/** Reads until half of the weights is here; how much of them is. */
async function untilHalf(response: Response): Promise<number> {
  const lines = readLines(response);
  for (;;) {
    const { value, done } = await lines.next();
    assert(!done, "the pull ended too early");
    if (Number(value.completed) > SIZE / 2) {
      return Number(value.completed);
    }
  }
}

async function assertPulls(
  server: TestServer,
  proxy: RegistryProxy,
  { path, digest }: PushedModel,
  most: number,
): Promise<void> {
  proxy.pauseMs = 0;
  proxy.sent = 0;
  const name = `${proxy.host}/${path}`;
  const lines = await Array.fromAsync(
    readLines(await startPull(server, name)),
  );
  assertEquals(lines.at(-1), { status: "success" });
  assert(proxy.sent < most, `${proxy.sent} bytes, not ${most}`);
  const blobs = `${server.folder}/blobs`;
  const blob = await Deno.readFile(`${blobs}/${digest.replace(":", "-")}`);
  assertEquals(digestOf(blob), digest);
  const partial = [...Deno.readDirSync(blobs)]
    .filter(({ name }) => name.includes("partial"));
  assertEquals(partial, []);
}

async function withSlowModel(
  test: (
    model: PushedModel,
    proxy: RegistryProxy,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  {
    await using registry = await DockerRegistry.start();
    const model = await pushModel(registry, SIZE);
    await using proxy = new RegistryProxy(registry.host);
    proxy.pauseMs = 1;
    await test(model, proxy, folder);
  }
  await Deno.remove(folder, { recursive: true });
}

Deno.test({
  name: "after kill -9 in a pull the store opens, and the next pull goes on",
  ignore,
  fn: () =>
    withSlowModel(async (model, proxy, folder) => {
      let completed = 0;
      {
        await using server = await startServer({ folder });
        const response = await startPull(server, `${proxy.host}/${model.path}`);
        completed = await untilHalf(response);
        Deno.kill(server.pid, "SIGKILL");
        await server.status;
      }
      await using server = await startServer({ folder });
      const tags = await fetch(`${server.baseUrl}/api/tags`);
      assertEquals(await tags.json(), { models: [] });
      const most = SIZE - completed + SAVE_BYTES + OTHER_BYTES;
      await assertPulls(server, proxy, model, most);
    }),
});

Deno.test({
  name: "a client that hangs up ends the pull, and the next one goes on there",
  ignore,
  fn: () =>
    withSlowModel(async (model, proxy, folder) => {
      await using server = await startServer({ folder });
      const leaver = new AbortController();
      const name = `${proxy.host}/${model.path}`;
      const response = await startPull(server, name, leaver.signal);
      const completed = await untilHalf(response);
      leaver.abort();
      let sent = -1;
      while (sent !== proxy.sent) { // Until nothing comes any more.
        sent = proxy.sent;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      assert(sent < SIZE, "it was fetched to its end");
      await assertPulls(server, proxy, model, SIZE - completed + OTHER_BYTES);
    }),
});

Deno.test({
  name: "a server that is told to stop in a pull stops, and the next goes on",
  ignore,
  fn: () =>
    withSlowModel(async (model, proxy, folder) => {
      let completed = 0;
      {
        await using server = await startServer({ folder });
        const response = await startPull(server, `${proxy.host}/${model.path}`);
        completed = await untilHalf(response);
      }
      await using server = await startServer({ folder });
      await assertPulls(server, proxy, model, SIZE - completed + OTHER_BYTES);
    }),
});
