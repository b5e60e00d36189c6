import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { parseModelName } from "../../../src/models/name.ts";
import { Registry } from "../../../src/models/registry.ts";
import { digestOf, StoreFixture } from "../../testing/store_fixture.ts";
import { tinyGguf } from "../../testing/tiny_gguf.ts";

Deno.test("Registry.resolve() ignores case and says whom it does not know", async () => {
  await using fixture = new StoreFixture();
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

Deno.test("Registry.list() leaves out a broken manifest, and says so", async () => {
  await using fixture = new StoreFixture();
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
  await using fixture = new StoreFixture();
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
  await using fixture = new StoreFixture();
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
  await using fixture = new StoreFixture();
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
  await using fixture = new StoreFixture();
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
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "a", files, system: "one" });
  assertEquals((await fixture.registry.resolve("a")).system, "one");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await fixture.create({ model: "a", files, system: "two" });
  assertEquals((await fixture.registry.resolve("a")).system, "two");
});

Deno.test("Registry reads a store that Ollama has written", async () => {
  await using fixture = new StoreFixture();
  const put = (content: Uint8Array | string) => fixture.store.putBlob(content);
  const layer = async (kind: string, content: Uint8Array | string) => {
    const { digest, size } = await put(content);
    const mediaType = `application/vnd.ollama.image.${kind}`;
    return { mediaType, digest, size };
  };
  const config = await put(
    '{"model_format":"gguf","model_family":"llama","model_families":null,' +
      '"model_type":"112K","file_type":"F32","architecture":"amd64","os":"linux"}',
  );
  const layers = [
    { ...await layer("model", tinyGguf()), from: "/tmp/tiny.gguf" },
    await layer("template", "{{ .Prompt }}{{ .Suffix }}"),
    await layer("system", "Be kind."),
    await layer("params", '{"stop":["\\u003cend\\u003e"],"top_k":3}\n'),
    await layer(
      "messages",
      '[{"role":"assistant","content":"","tool_calls":[{"function":' +
        '{"index":0,"name":"f","arguments":{"a":1}}}]},' +
        '{"role":"tool","content":"7","tool_name":"f"}]\n',
    ),
    await layer("license", "MIT"),
    await layer("embed", "from the early days"),
  ];
  const folder = `${fixture.folder}/manifests/registry.ollama.ai/me/Tiny`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/Q4`,
    `{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"${config.digest}","size":${config.size}},"layers":${
      JSON.stringify(layers)
    }}`,
  );
  const model = await fixture.registry.resolve("me/tiny:q4");
  assertEquals(model.shortName, "me/Tiny:Q4");
  assertEquals(model.capabilities, ["completion", "insert"]);
  assertEquals(model.template, "{{ .Prompt }}{{ .Suffix }}");
  assertEquals(model.system, "Be kind.");
  assertEquals(model.parameters, { stop: ["<end>"], top_k: 3 });
  assertEquals(model.messages, [
    {
      role: "assistant",
      content: "",
      toolCalls: [{ name: "f", arguments: { a: 1 } }],
    },
    { role: "tool", content: "7", toolName: "f" },
  ]);
  assertEquals(model.license, ["MIT"]);
  const sizes = [...layers, config].map(({ size }) => size);
  assertEquals(model.size, sizes.reduce((sum, size) => sum + size, 0));
  await fixture.registry.copy("me/tiny:q4", "copy");
  const copy = await fixture.registry.resolve("copy");
  assertEquals(copy.digest, model.digest);
});

Deno.test("Registry.resolve() tells what of a model is broken", async () => {
  await using fixture = new StoreFixture();
  const weights = await fixture.upload();
  const files = { "a.gguf": weights };
  await fixture.create({
    model: "good",
    files: { a: await fixture.upload(2) },
  });
  await fixture.create({ model: "bad", files, system: "Hi." });
  const path = fixture.store.blobPath(weights);
  const cases: readonly [() => Promise<void>, string][] = [
    [() => Deno.truncate(path, 1000), "has 1000 bytes of "],
    [() => Deno.remove(path), `its file ${weights} is missing`],
    [() => fixture.store.write(parseModelName("bad"), "{"), "JSON"],
  ];
  for (const [damage, message] of cases) {
    await damage();
    const registry = new Registry(fixture.store, () => {});
    const error = await assertRejects(
      () => registry.resolve("bad"),
      ServerError,
      message,
    );
    assertEquals(error.kind, "load_failed");
    assert(error.message.startsWith("model 'bad' cannot be read: "));
    const names = (await registry.list()).map((each) => each.shortName);
    assertEquals(names, ["good"]);
  }
});

Deno.test("Registry prefers the GGUF's own template when TEMPLATE is not to be used", async () => {
  await using fixture = new StoreFixture();
  const jinja = { "tokenizer.chat_template": { text: "{{ tools }}" } };
  const own = await fixture.uploadBytes(tinyGguf(1, jinja));
  const template = "{{ .Prompt }}";
  await fixture.create({ model: "own", files: { a: own }, template });
  const files = { a: await fixture.upload() };
  await fixture.create({ model: "none", files, template });
  const off = new Registry(fixture.store, () => {}, { goTemplate: false });
  for (
    const [registry, name, prefers, capabilities] of [
      [off, "own", true, ["completion", "tools"]],
      [off, "none", undefined, ["completion"]],
      [fixture.registry, "own", undefined, ["completion"]],
    ] as const
  ) {
    const model = await registry.resolve(name);
    assertEquals(model.template, template);
    assertEquals(model.prefersOwnTemplate, prefers);
    assertEquals<readonly string[]>(model.capabilities, capabilities);
  }
});

Deno.test("Registry.list() warns once of a broken model, and again of another fault", async () => {
  await using fixture = new StoreFixture();
  const bad = parseModelName("bad");
  await fixture.store.write(bad, "{");
  await fixture.registry.list();
  await fixture.registry.list();
  assertEquals(fixture.warnings.length, 1);
  await fixture.store.write(bad, '{"layers":[]}');
  await fixture.registry.list();
  assertEquals(fixture.warnings.length, 2);
});

Deno.test("Registry.resolve() sees a model replaced within a millisecond", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  const systems = ["one", "two"];
  const path =
    `${fixture.folder}/manifests/registry.ollama.ai/library/a/latest`;
  const time = new Date(Date.UTC(2026, 0, 1));
  for (const system of systems) {
    await fixture.create({ model: "a", files, system });
    await Deno.utime(path, time, time);
    assertEquals((await fixture.registry.resolve("a")).system, system);
  }
});

Deno.test("Registry.resolve() reads nothing of a model it knows", async () => {
  await using fixture = new StoreFixture();
  await fixture.create({
    model: "a",
    files: { "a.gguf": await fixture.upload() },
  });
  const model = await fixture.registry.resolve("a");
  assert(await fixture.registry.resolve("A:LATEST") === model);
  assert((await fixture.registry.list())[0] === model);
});
