import { assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import type { RewriteJob } from "../../../src/models/rewrite.ts";
import { digestOf, StoreFixture } from "../../testing/store_fixture.ts";
import { splitTinyGguf, tinyGguf } from "../../testing/tiny_gguf.ts";

const QUANTIZED = tinyGguf(2, { "general.file_type": { u32: 15 } });

/** Writes these bytes, and notes what it was told. */
function fakeRewrite(bytes: Uint8Array, jobs: RewriteJob[] = []) {
  return async function* (job: RewriteJob): AsyncGenerator<number> {
    jobs.push(job);
    yield 0.5;
    await Deno.writeFile(job.output, bytes);
    yield 1;
  };
}

Deno.test("createModel() has weights quantized, and tells how it goes", async () => {
  await using fixture = new StoreFixture();
  const digest = await fixture.upload();
  const jobs: RewriteJob[] = [];
  const lines = await Array.fromAsync(fixture.creating(
    { model: "a", files: { "a.gguf": digest }, quantize: "q4_K_M" },
    { rewrite: fakeRewrite(QUANTIZED, jobs) },
  ));
  const quantizing = {
    status: "quantizing F32 model to Q4_K_M",
    digest: "0000000000000000000",
  };
  const model = await fixture.registry.resolve("a");
  const total = model.metadata.tensorBytes;
  assertEquals(lines, [
    { status: "parsing GGUF" },
    { ...quantizing, total, completed: total / 2 },
    { ...quantizing, total, completed: total },
    { status: "verifying conversion" },
    { status: `creating new layer ${digestOf(QUANTIZED)}` },
    { status: "writing manifest" },
    { status: "success" },
  ]);
  assertEquals(jobs.map(({ inputs, fileType }) => [inputs, fileType]), [
    [[fixture.store.blobPath(digest)], 15],
  ]);
  assertEquals(model.weightsDigest, digestOf(QUANTIZED));
  assertEquals(model.metadata.quantization, "Q4_K_M");
  const left = fixture.blobs().filter((name) => name.startsWith("unfinished"));
  assertEquals(left, []);
});

Deno.test("createModel() quantizes the weights of another model, too", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "base", files, system: "Be kind." });
  const rewrite = fakeRewrite(QUANTIZED);
  const input = { model: "small", from: "base", quantization: "Q4_K" };
  await fixture.create(input, { rewrite });
  const model = await fixture.registry.resolve("small");
  assertEquals(model.system, "Be kind.");
  assertEquals(model.weightsDigest, digestOf(QUANTIZED));
  assertEquals(
    (await fixture.registry.resolve("base")).weightsDigest,
    files["a.gguf"],
  );
});

Deno.test("createModel() leaves weights that have the wished type as they are", async () => {
  await using fixture = new StoreFixture();
  const digest = await fixture.upload();
  const input = { model: "a", files: { a: digest }, quantize: "f32" };
  await fixture.create(input);
  assertEquals((await fixture.registry.resolve("a")).weightsDigest, digest);
});

Deno.test("createModel() merges the parts of a split file, in their order", async () => {
  await using fixture = new StoreFixture();
  const parts = await Promise.all(
    splitTinyGguf(3).map((bytes) => fixture.uploadBytes(bytes)),
  );
  const jobs: RewriteJob[] = [];
  const [one = "", two = "", three = ""] = parts;
  const lines = await fixture.create(
    { model: "a", files: { "1": three, "2": one, "3": two } },
    { rewrite: fakeRewrite(tinyGguf(), jobs) },
  );
  assertEquals(lines.slice(3, 5), ["merging 3 parts", "merging 3 parts"]);
  assertEquals(
    jobs.map(({ inputs, fileType }) => [inputs, fileType]),
    [[parts.map((each) => fixture.store.blobPath(each)), undefined]],
  );
  const model = await fixture.registry.resolve("a");
  assertEquals(model.weightsDigest, digestOf(tinyGguf()));
  assertEquals(model.metadata.architecture, "llama");
});

Deno.test("createModel() leaves nothing behind when rewriting fails", async () => {
  await using fixture = new StoreFixture();
  const files = { a: await fixture.upload() };
  const before = fixture.blobs();
  await assertRejects(
    () =>
      fixture.create({ model: "a", files, quantize: "Q8_0" }, {
        async *rewrite({ output }) {
          await Deno.writeTextFile(output, "half");
          yield 0.5;
          throw new ServerError("engine_died", "it died");
        },
      }),
    ServerError,
    "it died",
  );
  assertEquals(fixture.blobs(), before);
  assertEquals(await fixture.store.names(), []);
});
