import { assert, assertEquals } from "@std/assert";
import { childrenOf, post, readLines, upload } from "../testing/api.ts";
import { answer, create } from "../testing/made_model.ts";
import { startServer } from "../testing/server.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

/** Lines of progress after which the server is killed. */
const MOMENTS = [0, 1, 2, 5, 10, 20, 24, 25, 26, 27];

async function isAlive(pid: number): Promise<boolean> {
  try {
    // Field 3 of /proc/<pid>/stat: Z is a process that has ended.
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return !/\) Z/.test(stat);
  } catch {
    return false;
  }
}

async function waitForEnd(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (const pid of pids) {
    while (await isAlive(pid)) {
      assert(Date.now() < deadline, `${pid} lives on`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

Deno.test("A server killed in the middle of create leaves a store that opens, and the next create works", async () => {
  const folder = await Deno.makeTempDir();
  const body = { model: "tiny", quantize: "Q8_0", system: "Be kind." };
  try {
    for (const moment of MOMENTS) {
      await using server = await startServer({ folder });
      const files = { "a.gguf": await upload(server.baseUrl, tinyGguf()) };
      const system = `Be kind ${moment} times.`;
      const asked = { ...body, files, system };
      const response = await post(`${server.baseUrl}/api/create`, asked);
      const lines = readLines(response);
      for (let index = 0; index < moment; index++) {
        await lines.next();
      }
      const engines = childrenOf(server.pid);
      Deno.kill(server.pid, "SIGKILL");
      await Array.fromAsync(lines).catch(() => {});
      await server.status;
      await waitForEnd(engines);
    }
    await using server = await startServer({ folder });
    const tags = await fetch(`${server.baseUrl}/api/tags`);
    assertEquals(tags.status, 200);
    await tags.body?.cancel();
    const files = { "a.gguf": await upload(server.baseUrl, tinyGguf()) };
    const lines = await create(server, { ...body, files });
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
    await answer(server, "tiny");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A server killed in the middle of an upload takes the file the next time", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const bytes = tinyGguf();
    const server = await startServer({ folder });
    const sent = Promise.withResolvers<void>();
    const half = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, bytes.length / 2));
        sent.resolve();
      },
    });
    const digest = "a".repeat(64);
    const request = fetch(`${server.baseUrl}/api/blobs/sha256:${digest}`, {
      method: "POST",
      body: half,
    }).catch(() => undefined);
    await sent.promise;
    Deno.kill(server.pid, "SIGKILL");
    await request;
    await using next = await startServer({ folder });
    const files = { "a.gguf": await upload(next.baseUrl, bytes) };
    const lines = await create(next, { model: "tiny", files });
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
    await server[Symbol.asyncDispose]();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
