import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { ServerError } from "../../../src/errors.ts";
import { type CreateInput, createModel } from "../../../src/models/create.ts";
import { parseModelName } from "../../../src/models/name.ts";
import { Registry } from "../../../src/models/registry.ts";
import { ModelStore } from "../../../src/models/store.ts";
import { tinyGguf } from "../../testing/tiny_gguf.ts";

function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A store in a folder of its own, with a registry over it. */
class Fixture implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly store = new ModelStore(this.folder);
  readonly warnings: string[] = [];
  readonly registry = new Registry(
    this.store,
    (text) => this.warnings.push(text),
  );

  /** Stores weights; their digest. */
  async upload(seed = 1): Promise<string> {
    const bytes = tinyGguf(seed);
    const digest = digestOf(bytes);
    await this.store.writeBlob(digest, new Blob([bytes]).stream());
    return digest;
  }

  creating(input: Partial<CreateInput>): ReturnType<typeof createModel> {
    return createModel(this.store, this.registry, {
      model: "",
      from: "",
      template: "",
      system: "",
      parameters: {},
      messages: [],
      quantize: "",
      quantization: "",
      ...input,
    });
  }

  /** Makes a model; the lines it told. */
  async create(input: Partial<CreateInput>): Promise<string[]> {
    const lines = await Array.fromAsync(this.creating(input));
    return lines.map((each) => each.status);
  }

  /** Files of the blobs folder. */
  blobs(): string[] {
    return [...Deno.readDirSync(`${this.folder}/blobs`)]
      .map((each) => each.name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("ModelStore.writeBlob() keeps what has the digest it should have", async () => {
  await using fixture = new Fixture();
  const digest = digestOf("hello");
  await fixture.store.writeBlob(digest, new Blob(["hel", "lo"]).stream());
  assertEquals(await fixture.store.blobSize(digest), 5);
  assertEquals(await fixture.store.readBlobText(digest), "hello");
  assertEquals(fixture.blobs(), [digest.replace(":", "-")]);
});

Deno.test("ModelStore.writeBlob() leaves nothing of what has another digest", async () => {
  await using fixture = new Fixture();
  const [digest, other] = [digestOf("hello"), digestOf("other")];
  await assertRejects(
    () => fixture.store.writeBlob(digest, new Blob(["other"]).stream()),
    ServerError,
    `digest mismatch, expected "${digest}", got "${other}"`,
  );
  assertEquals(fixture.blobs(), []);
  assert(!await fixture.store.hasBlob(digest));
});

Deno.test("ModelStore.writeBlob() leaves nothing when the upload breaks off", async () => {
  await using fixture = new Fixture();
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("hel"));
      controller.error(new Error("connection reset"));
    },
  });
  await assertRejects(
    () => fixture.store.writeBlob(digestOf("hello"), broken),
    Error,
    "connection reset",
  );
  assertEquals(fixture.blobs(), []);
});

Deno.test("ModelStore refuses what is no digest", async () => {
  await using fixture = new Fixture();
  for (const bad of ["", "sha256:x", "../../etc/passwd", "sha256-abc"]) {
    await assertRejects(
      () => fixture.store.hasBlob(bad),
      ServerError,
      "invalid digest format",
    );
  }
});

Deno.test("ModelStore.open() removes what crashes have left, and nothing else", async () => {
  await using fixture = new Fixture();
  const digest = await fixture.upload();
  const old = `${fixture.folder}/blobs/unfinished-1-old`;
  const fresh = `${fixture.folder}/blobs/unfinished-2-fresh`;
  const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000);
  await Deno.writeTextFile(old, "half a blob");
  await Deno.writeTextFile(fresh, "being written by another process");
  await Deno.utime(old, hours(2), hours(2));
  await fixture.store.open();
  assertEquals(fixture.blobs(), [
    digest.replace(":", "-"),
    "unfinished-2-fresh",
  ]);
});

Deno.test("ModelStore.open() bears a folder that is not there yet", async () => {
  await using fixture = new Fixture();
  await fixture.store.open();
  assertEquals(await fixture.store.names(), []);
});

Deno.test("createModel() makes a model of a file, and tells how", async () => {
  await using fixture = new Fixture();
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
  await using fixture = new Fixture();
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
  await using fixture = new Fixture();
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

Deno.test("Registry.resolve() ignores case and says whom it does not know", async () => {
  await using fixture = new Fixture();
  await fixture.create({
    model: "Me/Tiny:V1",
    files: { "a.gguf": await fixture.upload() },
  });
  const model = await fixture.registry.resolve("mE/tINY:v1");
  assertEquals(model.shortName, "Me/Tiny:V1");
  const error = await assertRejects(
    () => fixture.registry.resolve("Nobody"),
    ServerError,
    "model 'Nobody' not found",
  );
  assertEquals(error.kind, "not_found");
});

Deno.test("createModel() replaces a model whose name differs in case only", async () => {
  await using fixture = new Fixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "Tiny", files, system: "one" });
  await fixture.create({ model: "tiny", files, system: "two" });
  assertEquals((await fixture.registry.list()).length, 1);
  assertEquals((await fixture.registry.resolve("TINY")).system, "two");
});

Deno.test("Registry.list() leaves out a broken manifest, and says so", async () => {
  await using fixture = new Fixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "good", files });
  await fixture.create({ model: "better", files });
  await fixture.store.write(parseModelName("bad"), '{"layers":');
  await fixture.store.write(parseModelName("empty"), "");
  const names = (await fixture.registry.list()).map((each) => each.shortName);
  assertEquals(names.toSorted(), ["better", "good"]);
  assertEquals(fixture.warnings.length, 2);
  assert(fixture.warnings.some((each) => each.includes("model bad")));
});

Deno.test("Registry.list() is newest first and ignores foreign files", async () => {
  await using fixture = new Fixture();
  const files = { "a.gguf": await fixture.upload() };
  for (const [model, hour] of [["old", 1], ["new", 3], ["mid", 2]] as const) {
    await fixture.create({ model, files });
    const time = new Date(Date.UTC(2026, 0, 1, hour));
    const path = `${fixture.folder}/manifests/registry.ollama.ai/library/` +
      `${model}/latest`;
    await Deno.utime(path, time, time);
  }
  await Deno.writeTextFile(`${fixture.folder}/manifests/.DS_Store`, "x");
  await Deno.writeTextFile(
    `${fixture.folder}/manifests/registry.ollama.ai/library/new/.hidden`,
    "x",
  );
  const names = (await fixture.registry.list()).map((each) => each.shortName);
  assertEquals(names, ["new", "mid", "old"]);
  assertEquals(fixture.warnings, []);
});

Deno.test("Registry.delete() removes blobs nobody else needs, and only these", async () => {
  await using fixture = new Fixture();
  const [shared, own] = [await fixture.upload(1), await fixture.upload(2)];
  await fixture.create({
    model: "a",
    files: { "a.gguf": shared },
    system: "both",
  });
  await fixture.create({ model: "b", from: "a", template: "only b" });
  await fixture.create({ model: "c", files: { "c.gguf": own } });
  await fixture.registry.delete("B");
  assert(await fixture.store.hasBlob(shared));
  assert(await fixture.store.hasBlob(digestOf("both")));
  assert(!await fixture.store.hasBlob(digestOf("only b")));
  await fixture.registry.delete("a");
  assert(!await fixture.store.hasBlob(shared));
  assert(!await fixture.store.hasBlob(digestOf("both")));
  assert(await fixture.store.hasBlob(own));
  await fixture.registry.delete("c");
  assertEquals(fixture.blobs(), []);
  assertEquals([...Deno.readDirSync(`${fixture.folder}/manifests`)], []);
  await assertRejects(
    () => fixture.registry.delete("c"),
    ServerError,
    "model 'c' not found",
  );
});

Deno.test("Registry.delete() removes a model whose manifest is broken", async () => {
  await using fixture = new Fixture();
  await fixture.create({
    model: "good",
    files: { "a.gguf": await fixture.upload() },
  });
  await fixture.store.write(parseModelName("bad"), "{");
  await fixture.registry.delete("bad");
  assertEquals((await fixture.registry.list()).length, 1);
  assertEquals(fixture.warnings, []);
});

Deno.test("Registry.copy() gives a second name to the same blobs", async () => {
  await using fixture = new Fixture();
  await fixture.create({
    model: "a",
    files: { "a.gguf": await fixture.upload() },
  });
  const before = fixture.blobs();
  await fixture.registry.copy("A", "me/b:v2");
  assertEquals(fixture.blobs(), before);
  const [a, b] = await Promise.all([
    fixture.registry.resolve("a"),
    fixture.registry.resolve("me/b:v2"),
  ]);
  assertEquals(a.digest, b.digest);
  await fixture.registry.delete("a");
  assertEquals(fixture.blobs(), before);
  await assertRejects(
    () => fixture.registry.copy("nobody", "x"),
    ServerError,
    "model 'nobody' not found",
  );
  await assertRejects(
    () => fixture.registry.copy("me/b:v2", "../x"),
    ServerError,
    "invalid model name",
  );
});

Deno.test("Registry.resolve() sees that a model has changed", async () => {
  await using fixture = new Fixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "a", files, system: "one" });
  assertEquals((await fixture.registry.resolve("a")).system, "one");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await fixture.create({ model: "a", files, system: "two" });
  assertEquals((await fixture.registry.resolve("a")).system, "two");
});

Deno.test("createModel() fails when its base is deleted in the meantime", async () => {
  await using fixture = new Fixture();
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
  await using fixture = new Fixture();
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
