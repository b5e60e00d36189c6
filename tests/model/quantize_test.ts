import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { childrenOf, post, readLines, upload } from "../testing/api.ts";
import { answer, create, details } from "../testing/made_model.ts";
import { startServer } from "../testing/server.ts";
import { splitTinyGguf, tinyFields, tinyGguf } from "../testing/tiny_gguf.ts";

Deno.test("POST /api/create quantizes to every type of Ollama's", async () => {
  await using server = await startServer();
  const files = { "tiny.gguf": await upload(server.baseUrl, tinyGguf()) };
  const sizes: number[] = [];
  for (const type of ["BF16", "F16", "q8_0", "Q4_K_M", "q4_K_S"]) {
    const lines = await create(server, { model: type, files, quantize: type });
    const upper = type.toUpperCase();
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
    const progress = lines.filter(({ status }) =>
      status === `quantizing F32 model to ${upper}`
    );
    assert(progress.length > 10);
    assertEquals(progress.at(-1)?.completed, progress.at(-1)?.total);
    assertEquals((await details(server, type)).quantization_level, upper);
    await answer(server, type);
    const { models } = await (await fetch(`${server.baseUrl}/api/tags`)).json();
    sizes.push(models[0].size);
  }
  const [, f16 = 0, q8 = 0, medium = 0] = sizes;
  assert(f16 > q8 && q8 > medium);
});

Deno.test("POST /api/create spares the tensors that Ollama spares", async () => {
  await using server = await startServer();
  const renamed = Object.fromEntries(
    Object.entries(tinyFields()).map(([key, field]) =>
      [key.replace(/^llama\./, "glm4."), field] as const
    ),
  );
  const glm = tinyGguf(1, {
    ...renamed,
    "general.architecture": { text: "glm4" },
  });
  const files = { "a.gguf": await upload(server.baseUrl, glm) };
  for (const [type, kept] of [["Q4_K_M", "F16"], ["Q8_0", "Q8_0"]]) {
    const lines = await create(server, { model: "a", files, quantize: type });
    assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
    const shown = await post(`${server.baseUrl}/api/show`, {
      model: "a",
      verbose: true,
    });
    const { tensors } = await shown.json();
    const types = ["token_embd.weight", "output.weight", "blk.0.attn_q.weight"]
      .map((name) =>
        tensors.find((each: { name: string }) => each.name === name).type
      );
    assertEquals(types.slice(0, 2), [kept, kept]);
    assert(types[2].startsWith("Q"));
  }
});

Deno.test("POST /api/create makes one model of the parts of a split GGUF", async () => {
  await using server = await startServer();
  const { baseUrl } = server;
  const files: Record<string, string> = {};
  for (const [index, part] of splitTinyGguf(3).entries()) {
    const name = `tiny-0000${index + 1}-of-00003.gguf`;
    files[name] = await upload(baseUrl, part);
  }
  const whole = { "tiny.gguf": await upload(baseUrl, tinyGguf()) };
  await create(server, { model: "whole", files: whole });
  const lines = await create(server, { model: "split", files });
  assertEquals(lines.at(-1), { status: "success" }, JSON.stringify(lines));
  assertEquals(await answer(server, "split"), await answer(server, "whole"));
  await create(server, { model: "small", files, quantize: "Q8_0" });
  assertEquals((await details(server, "small")).quantization_level, "Q8_0");
  await answer(server, "small");
});

Deno.test("POST /api/create tells what the library cannot quantize, and the server goes on", async () => {
  await using server = await startServer();
  const unknown = tinyGguf(1, { "general.architecture": { text: "unheard" } });
  const files = { "a.gguf": await upload(server.baseUrl, unknown) };
  const lines = await create(server, { model: "a", files, quantize: "Q8_0" });
  assertStringIncludes(
    String(lines.at(-1)?.error),
    "cannot rewrite the GGUF file: unknown model architecture: 'unheard'",
  );
  assertEquals(childrenOf(server.pid), []);
  const { models } = await (await fetch(`${server.baseUrl}/api/tags`)).json();
  assertEquals(models, []);
});

Deno.test("POST /api/create tells when the quantizing process dies, and the server goes on", async () => {
  await using server = await startServer();
  const files = { "a.gguf": await upload(server.baseUrl, tinyGguf()) };
  const body = { model: "a", files, quantize: "Q8_0" };
  const made = create(server, body);
  while (childrenOf(server.pid).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  childrenOf(server.pid).forEach((pid) => Deno.kill(pid, "SIGKILL"));
  assertEquals((await made).at(-1), {
    error: "cannot rewrite the GGUF file: signal: SIGKILL",
  });
  const again = await create(server, body);
  assertEquals(again.at(-1), { status: "success" });
});

Deno.test("POST /api/create ends the quantizing when its client goes away", async () => {
  await using server = await startServer();
  const files = { "a.gguf": await upload(server.baseUrl, tinyGguf()) };
  const leave = new AbortController();
  const body = { model: "a", files, quantize: "Q8_0" };
  const response = await post(
    `${server.baseUrl}/api/create`,
    body,
    leave.signal,
  );
  const lines = readLines(response);
  await lines.next();
  leave.abort();
  await lines.next().catch(() => {});
  const deadline = Date.now() + 10_000;
  const blobs = () =>
    [...Deno.readDirSync(`${server.folder}/blobs`)].map(({ name }) => name)
      .filter((name) => name.startsWith("unfinished"));
  while (childrenOf(server.pid).length + blobs().length > 0) {
    assert(Date.now() < deadline, `${childrenOf(server.pid)} ${blobs()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { models } = await (await fetch(`${server.baseUrl}/api/tags`)).json();
  assertEquals(models, []);
});
