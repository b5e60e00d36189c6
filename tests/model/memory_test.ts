import { assert, assertEquals, assertMatch } from "@std/assert";
import { createModel, post } from "../testing/api.ts";
import { startServer } from "../testing/server.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

/** A model on disk for the time of a test. */
async function withFile(
  gguf: Uint8Array,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  try {
    await Deno.writeFile(path, gguf);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

async function answer(url: string, model: string, contextLength: number) {
  const response = await post(`${url}/api/generate`, {
    model,
    prompt: "hi",
    stream: false,
    options: { num_predict: 2, num_ctx: contextLength },
  });
  return { status: response.status, body: await response.json() };
}

/** A Llama of half a megabyte that takes 16 KiB a token in the cache. */
const GGUF = tinyGguf(1, { "llama.context_length": { u32: 1_000_000 } });

Deno.test({
  name: "a model larger than the memory is refused in Ollama's words",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer({
      env: { TALLY_MEMORY_LIMIT: String(128 * 2 ** 20) },
    });
    const url = server.baseUrl;
    await withFile(GGUF, (path) => createModel(url, "m", path));
    const { status, body } = await answer(url, "m", 1_000_000);
    assertEquals(status, 500);
    assertMatch(
      body.error,
      /^model requires more system memory \(\d+\.\d GiB\) than is available \(0\.1 GiB\)$/,
    );
    const smaller = await answer(url, "m", 256);
    assertEquals([smaller.status, smaller.body.done], [200, true]);
  },
});

Deno.test({
  name: "models make room for each other within the memory limit",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer({
      env: { TALLY_MEMORY_LIMIT: String(330 * 2 ** 20) },
    });
    const url = server.baseUrl;
    for (const [index, name] of ["a", "b", "c", "d"].entries()) {
      const gguf = tinyGguf(1 + index);
      await withFile(gguf, (path) => createModel(url, name, path));
      assertEquals((await answer(url, name, 256)).status, 200);
    }
    const { models } = await (await fetch(`${url}/api/ps`)).json();
    const names = models.map((each: { name: string }) => each.name).sort();
    assert(names.length < 4, String(names));
    assertEquals(names.at(-1), "d:latest");
  },
});

Deno.test({
  name: "sizes of loaded models grow with their contexts",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer({
      env: { OLLAMA_NUM_PARALLEL: "2" },
    });
    const url = server.baseUrl;
    await withFile(GGUF, (path) => createModel(url, "m", path));
    const sizes: number[] = [];
    for (const contextLength of [1024, 65_536]) {
      assertEquals((await answer(url, "m", contextLength)).status, 200);
      const [row] = (await (await fetch(`${url}/api/ps`)).json()).models;
      assertEquals([row.size_vram, row.context_length], [0, contextLength]);
      sizes.push(row.size);
    }
    const [small = 0, large = 0] = sizes;
    // Two layers of two heads, 16 numbers each, for keys and values.
    const cache = 2 * (65_536 - 1024) * 2 * 2 * 32 * 2;
    const masks = 512 * (65_536 - 1024) * 2;
    assertEquals(large - small, cache + masks);
    assert(small > GGUF.length - 20_000, `${small}`);
  },
});
