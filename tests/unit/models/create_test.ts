import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import type { CreateInput } from "../../../src/models/create_input.ts";
import { createManifest } from "../../../src/models/manifest.ts";
import { parseModelName } from "../../../src/models/name.ts";
import { digestOf, StoreFixture } from "../../testing/store_fixture.ts";
import { ggufBytes, splitTinyGguf, tinyGguf } from "../../testing/tiny_gguf.ts";
import { tinyLora } from "../../testing/tiny_lora.ts";

Deno.test("createModel() makes a model of a file, and tells how", async () => {
  await using fixture = new StoreFixture();
  const digest = await fixture.upload();
  const lines = await fixture.create({
    model: "tiny",
    files: { "tiny.gguf": digest },
    template: "{{ .Prompt }}",
    system: "Be kind.",
    license: ["MIT", "BSD"],
    parameters: { temperature: 0.5, stop: "END" },
    messages: [{ role: "user", content: "hi" }],
  });
  assertEquals(
    lines.map((line) => line.replace(/sha256:.*/, "…")),
    [
      "parsing GGUF",
      "using existing layer …",
      ...Array(6).fill("creating new layer …"),
      "writing manifest",
      "success",
    ],
  );
  const model = await fixture.registry.resolve("tiny");
  assertEquals(model.shortName, "tiny");
  assertEquals(model.weightsDigest, digest);
  assertEquals(model.template, "{{ .Prompt }}");
  assertEquals(model.system, "Be kind.");
  assertEquals(model.license, ["MIT", "BSD"]);
  assertEquals(model.parameters, { temperature: 0.5, stop: ["END"] });
  assertEquals(model.messages, [{ role: "user", content: "hi" }]);
  assertEquals(model.metadata.architecture, "llama");
});

Deno.test("createModel() changes a model it is made from", async () => {
  await using fixture = new StoreFixture();
  const files = { "tiny.gguf": await fixture.upload() };
  await fixture.create({
    model: "base",
    files,
    system: "Be kind.",
    template: "{{ .Prompt }}",
    parameters: { temperature: 0.5, top_k: 3 },
  });
  await fixture.create({
    model: "me/other:v1",
    from: "BASE",
    system: "Be short.",
    parameters: { top_k: 9 },
  });
  const model = await fixture.registry.resolve("me/other:v1");
  assertEquals(model.system, "Be short.");
  assertEquals(model.template, "{{ .Prompt }}");
  assertEquals(model.parameters, { temperature: 0.5, top_k: 9 });
});

Deno.test("createModel() refuses a file that is none, and writes no manifest", async () => {
  await using fixture = new StoreFixture();
  const digest = digestOf("not a model");
  await fixture.store.writeBlob(digest, new Blob(["not a model"]).stream());
  await assertRejects(
    () => fixture.create({ model: "a", files: { "a.gguf": digest } }),
    ServerError,
    "supplied file was not in GGUF format",
  );
  await assertRejects(
    () => fixture.create({ model: "a", files: { "a.gguf": digestOf("b") } }),
    ServerError,
    "not found; upload it first",
  );
  assertEquals(await fixture.store.names(), []);
});

Deno.test("createModel() replaces a model whose name differs in case only", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "Tiny", files, system: "one" });
  await fixture.create({ model: "tiny", files, system: "two" });
  assertEquals((await fixture.registry.list()).length, 1);
  assertEquals((await fixture.registry.resolve("TINY")).system, "two");
});

Deno.test("createModel() fails when its base is deleted in the meantime", async () => {
  await using fixture = new StoreFixture();
  await fixture.create({
    model: "base",
    files: { "a.gguf": await fixture.upload() },
  });
  await assertRejects(
    async () => {
      for await (
        const { status } of fixture.creating({ model: "x", from: "base" })
      ) {
        if (status === "writing manifest") {
          await fixture.registry.delete("base");
        }
      }
    },
    ServerError,
    "was deleted",
  );
  assertEquals(await fixture.store.names(), []);
});

Deno.test("Models made and deleted at the same time lose no blobs", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "keep", files, system: "shared" });
  for (let round = 0; round < 20; round++) {
    await Promise.all([
      fixture.create({ model: "x", from: "keep", template: `t${round % 2}` }),
      fixture.registry.delete("y").catch(() => {}),
      fixture.create({ model: "z", from: "keep", template: `t${round % 2}` }),
    ]);
    await Promise.all([
      fixture.registry.delete("x"),
      fixture.create({ model: "y", from: "keep", template: `t${round % 2}` }),
    ]);
    const model = await fixture.registry.resolve("y");
    assertEquals(model.template, `t${round % 2}`);
    assertEquals(model.system, "shared");
  }
});

/** The manifest of a model without host, namespace and tag. */
async function manifestOf(fixture: StoreFixture, model: string) {
  return (await fixture.store.read(parseModelName(model))).manifest;
}

Deno.test("createModel() keeps the base's licences beside new ones", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "base", files, license: "MIT" });
  await fixture.create({ model: "b", from: "base", license: ["BSD", "MIT"] });
  assertEquals((await fixture.registry.resolve("b")).license, ["MIT", "BSD"]);
});

Deno.test("createModel() takes a parameter away that is null", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  const parameters = { top_k: 3, num_ctx: 64 };
  await fixture.create({ model: "base", files, parameters });
  await fixture.create({
    model: "b",
    from: "base",
    parameters: { top_k: null, mirostat: 2 },
  });
  const model = await fixture.registry.resolve("b");
  assertEquals(model.parameters, { num_ctx: 64 });
});

Deno.test("createModel() writes texts with Ollama's digests", async () => {
  await using fixture = new StoreFixture();
  await fixture.create({
    model: "a",
    files: { "a.gguf": await fixture.upload() },
    parameters: { top_k: 3, stop: ["<end>"] },
    messages: [{ role: "user", content: "1 & 1" }],
  });
  const digests = (await manifestOf(fixture, "a")).layers
    .map((layer) => layer.digest);
  assertEquals(digests.slice(1), [
    digestOf('{"stop":["\\u003cend\\u003e"],"top_k":3}\n'),
    digestOf('[{"role":"user","content":"1 \\u0026 1"}]\n'),
  ]);
});

Deno.test("createModel() writes a config that Ollama reads, and keeps its renderers", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "a", files });
  const { config, layers } = await manifestOf(fixture, "a");
  const text = await fixture.store.readBlobText(config.digest);
  assertEquals(JSON.parse(text), {
    model_format: "gguf",
    model_family: "llama",
    model_families: ["llama"],
    model_type: "112K",
    file_type: "F32",
    architecture: "amd64",
    os: "linux",
  });
  const foreign = await fixture.store.putBlob(
    JSON.stringify({ ...JSON.parse(text), renderer: "r1", parser: "p1" }),
  );
  const manifest = createManifest(foreign, layers);
  await fixture.store.write(parseModelName("pulled"), manifest);
  await fixture.create({ model: "b", from: "pulled", system: "Hi." });
  await fixture.create({ model: "c", from: "b", parser: "p2" });
  for (const [name, expected] of [["b", "p1"], ["c", "p2"]] as const) {
    const made = await manifestOf(fixture, name);
    const { renderer, parser } = JSON.parse(
      await fixture.store.readBlobText(made.config.digest),
    );
    assertEquals([renderer, parser], ["r1", expected]);
  }
});

Deno.test("createModel() sorts files by what is in them", async () => {
  await using fixture = new StoreFixture();
  const projector = await fixture.uploadBytes(
    ggufBytes({ "general.architecture": { text: "clip" } }),
  );
  const adapter = await fixture.uploadBytes(ggufBytes({
    "general.architecture": { text: "llama" },
    "general.type": { text: "adapter" },
    "adapter.type": { text: "lora" },
  }));
  const weights = await fixture.upload();
  await fixture.create({
    model: "a",
    files: { "mmproj.gguf": projector, "model.gguf": weights },
    adapters: { "lora.gguf": adapter },
  });
  assertEquals(
    (await manifestOf(fixture, "a")).layers
      .map(({ mediaType, digest }) => [mediaType.split(".").at(-1), digest]),
    [["projector", projector], ["model", weights], ["adapter", adapter]],
  );
  const model = await fixture.registry.resolve("a");
  assertEquals(model.weightsDigest, weights);
  assertEquals(model.adapterPaths, [fixture.store.blobPath(adapter)]);
});

Deno.test("createModel() refuses files it cannot make a model of", async () => {
  await using fixture = new StoreFixture();
  const weights = await fixture.upload();
  const other = await fixture.upload(2);
  const [part0 = "", part1 = ""] = await Promise.all(
    splitTinyGguf(2).map((bytes) => fixture.uploadBytes(bytes)),
  );
  const tiny = await fixture.uploadBytes(
    tinyGguf(3, { "general.file_type": { u32: 2 } }),
  );
  const foreign = await fixture.uploadBytes(
    tinyLora("noughts", { "general.architecture": { text: "gemma3" } }),
  );
  const cut = await fixture.uploadBytes(tinyGguf().slice(0, 100_000));
  const unknown = digestOf("nobody uploaded this");
  const cases: readonly [Partial<CreateInput>, string][] = [
    [{ files: { a: weights, b: other } }, "must be a model; several are"],
    [{ files: { a: part0 } }, "part 2 of the 2 of the split GGUF is missing"],
    [{ files: { a: part1 } }, "part 1 of the 2 of the split GGUF is missing"],
    [
      { files: { a: part0, b: part1, c: weights } },
      "must be a model; several are",
    ],
    [{ files: { a: cut } }, "its tensors need"],
    [{ files: { a: unknown } }, `blob "${unknown}" not found`],
    [{ files: { "m.safetensors": weights } }, "convert them to GGUF"],
    [{ files: { "../a": weights } }, "file path must be relative"],
    [{ files: { "C:\\a": weights } }, "file path must be relative"],
    [{ files: { "": weights } }, "file path must be relative"],
    [{ files: { a: "" } }, "invalid digest format"],
    [{ files: { a: "../../etc/passwd" } }, "invalid digest format"],
    [
      { files: { a: weights }, adapters: { b: weights } },
      "the adapter's file is no LoRA adapter",
    ],
    [
      { files: { a: weights }, adapters: { b: foreign } },
      "the adapter is for gemma3 models, and the model is llama",
    ],
    [
      { files: { a: weights }, adapters: { b: weights, c: other } },
      "only one adapter is currently supported",
    ],
    [
      { files: { a: weights }, quantize: "q4_0" },
      "unsupported quantization type Q4_0 - supported types are F32, F16, " +
      "Q4_K_S, Q4_K_M, Q8_0",
    ],
    [
      { files: { a: tiny }, quantize: "Q8_0" },
      "quantization is only supported for F16, BF16 and F32 models",
    ],
    [
      { files: { a: weights }, parameters: { tempo: 1 } },
      "unknown parameter 'tempo'",
    ],
    [{ files: { a: weights }, license: [1] }, "license must be"],
  ];
  for (const [input, message] of cases) {
    const error = await assertRejects(
      () => fixture.create({ model: "a", ...input }),
      ServerError,
      message,
    );
    assertEquals(error.kind, "bad_request");
  }
  assertEquals(await fixture.store.names(), []);
});

Deno.test("createModel() has templates checked", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  const checkTemplate = (text: string) => {
    if (text.includes("{{ if")) {
      throw new SyntaxError("template: :1: unexpected EOF");
    }
  };
  const error = await assertRejects(
    () =>
      fixture.create({ model: "a", files, template: "{{ if" }, {
        checkTemplate,
      }),
    ServerError,
    "template error: template: :1: unexpected EOF",
  );
  assertEquals(error.kind, "bad_request");
  assertEquals(await fixture.store.names(), []);
  await fixture.create({ model: "a", files, template: "{{ .Prompt }}" }, {
    checkTemplate,
  });
});

Deno.test("createModel() removes what the model it replaces leaves", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "a", files, system: "one" });
  const before = fixture.blobs().length;
  await fixture.create({ model: "A", files, system: "two" });
  assertEquals(fixture.blobs().length, before);
  assert(!await fixture.store.hasBlob(digestOf("one")));
});

Deno.test("createModel() removes a blob that a crash has cut, so that it can be uploaded again", async () => {
  await using fixture = new StoreFixture();
  const digest = await fixture.upload();
  await Deno.truncate(fixture.store.blobPath(digest), 1000);
  const files = { "a.gguf": digest };
  await assertRejects(
    () => fixture.create({ model: "a", files }),
    ServerError,
    "was damaged and is removed; upload it again",
  );
  await fixture.upload();
  await fixture.create({ model: "a", files });
});

Deno.test("createModel() writes parts of a name in the case that the store has", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "Me/Tiny:One", files });
  await fixture.create({ model: "me/tiny:Two", files });
  await fixture.create({ model: "ME/other", files });
  const names = (await fixture.registry.list()).map((each) => each.shortName);
  assertEquals(names.toSorted(), ["Me/Tiny:One", "Me/Tiny:Two", "Me/other"]);
});
