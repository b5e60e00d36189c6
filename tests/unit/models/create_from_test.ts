import { assertEquals, assertRejects } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import { parseModelName } from "../../../src/models/name.ts";
import { StoreFixture } from "../../testing/store_fixture.ts";

Deno.test("createModel() remembers which model lent a layer, as Ollama does", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  await fixture.create({ model: "me/a", files, system: "Hi." });
  await fixture.create({ model: "b", from: "me/a", system: "Ho." });
  const { manifest } = await fixture.store.read(parseModelName("b"));
  const { layers } = manifest;
  assertEquals(layers.map(({ from }) => from), ["me/a:latest", undefined]);
  const model = await fixture.registry.resolve("b");
  assertEquals(model.parentModel, "me/a:latest");
});

Deno.test("createModel() lets lists tell what its info states", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  const info = {
    model_family: "other",
    parameter_size: "9B",
    quantization_level: "Q1",
    context_length: 77,
    capabilities: ["completion", "tools"],
    unknown: {},
  };
  await fixture.create({ model: "a", files, info });
  const { described } = await fixture.registry.resolve("a");
  assertEquals(described, {
    model_format: "gguf",
    model_family: "other",
    model_families: ["other"],
    model_type: "9B",
    file_type: "Q1",
    context_length: 77,
    embedding_length: 64,
  });
  for (
    const [wrong, must] of [
      [{ model_family: 3 }, '"model_family" must be a string'],
      [{ context_length: "a" }, '"context_length" must be a number'],
      [
        { embedding_length: 1.5 },
        '"embedding_length" must be a non-negative integer',
      ],
    ] as const
  ) {
    await assertRejects(
      () => fixture.create({ model: "b", from: "a", info: wrong }),
      ServerError,
      `info field ${must}`,
    );
  }
});

Deno.test("createModel() pulls the model it is made from when it is not here", async () => {
  await using fixture = new StoreFixture();
  const files = { "a.gguf": await fixture.upload() };
  const pull = async function* (model: string) {
    yield { status: "pulling manifest" };
    await fixture.create({ model, files });
    yield { status: "writing manifest" };
    yield { status: "success" };
  };
  const lines = await fixture.create({ model: "b", from: "far" }, { pull });
  assertEquals(lines.slice(0, 2), ["pulling manifest", "writing manifest"]);
  assertEquals(lines.filter((line) => line === "success").length, 1);
  const { parentModel } = await fixture.registry.resolve("b");
  assertEquals(parentModel, "far:latest");
});

Deno.test("createModel() tells why the model it is made from cannot be had", async () => {
  await using fixture = new StoreFixture();
  const failing = (reason: string) =>
    async function* () {
      yield { status: "pulling manifest" };
      await Promise.reject(new ServerError("internal", reason));
    };
  const error = await assertRejects(
    () =>
      fixture.create({ model: "b", from: "far" }, { pull: failing("no net") }),
    ServerError,
    "model 'far' not found: no net",
  );
  assertEquals(error.status, 404);
});
