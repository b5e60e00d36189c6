import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { extractEmbedded } from "../../../ffi/embedded.ts";
import { LlamaError } from "../../../ffi/errors.ts";

const FILES = { "libllama.so": "the model part", "libggml.so": "the maths" };

/** A build's `native/` folder and a cache, both removed at the end. */
class Fixture implements AsyncDisposable {
  readonly root = Deno.makeTempDirSync();
  readonly cache = `${this.root}/cache`;
  readonly source = `${this.root}/native/cpu`;

  constructor() {
    Deno.mkdirSync(this.source, { recursive: true });
    const manifest = Object.entries(FILES).map(([name, text]) => {
      Deno.writeTextFileSync(`${this.source}/${name}`, text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      return { name, size: text.length, sha256 };
    });
    const text = JSON.stringify(manifest);
    Deno.writeTextFileSync(`${this.source}/manifest.json`, text);
  }

  extract(flavour: "cpu" | "cuda" = "cpu"): Promise<string | undefined> {
    const native = pathToFileURL(`${this.root}/native/`);
    return extractEmbedded(flavour, this.cache, native);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

function contentsOf(folder: string | undefined): Record<string, string> {
  assert(folder !== undefined);
  return Object.fromEntries(
    Object.keys(FILES)
      .map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name);
}

Deno.test("extractEmbedded() finds nothing where nothing is embedded", async () => {
  await using fixture = new Fixture();
  assertEquals(await fixture.extract("cuda"), undefined);
});

Deno.test("extractEmbedded() extracts once and only looks afterwards", async () => {
  await using fixture = new Fixture();
  const folder = await fixture.extract();
  assertEquals(contentsOf(folder), FILES);
  // What is already there is trusted by its sizes and not written again.
  Deno.removeSync(`${fixture.source}/libllama.so`);
  assertEquals(await fixture.extract(), folder);
});

Deno.test("extractEmbedded() may be raced", async () => {
  await using fixture = new Fixture();
  const folders = await Promise.all(
    Array.from({ length: 8 }, () => fixture.extract()),
  );
  assertEquals(new Set(folders).size, 1);
  assertEquals(contentsOf(folders[0]), FILES);
  assertEquals(names(fixture.cache).length, 1);
});

Deno.test("extractEmbedded() mends a folder that is not whole", async () => {
  await using fixture = new Fixture();
  const folder = await fixture.extract();
  Deno.truncateSync(`${folder}/libllama.so`, 3);
  assertEquals(await fixture.extract(), folder);
  assertEquals(contentsOf(folder), FILES);
  assertEquals(names(fixture.cache).length, 1);
});

Deno.test("extractEmbedded() is not misled by another's half-written folder", async () => {
  await using fixture = new Fixture();
  const folder = await fixture.extract();
  Deno.renameSync(`${folder}`, `${folder}.crashed`);
  Deno.removeSync(`${folder}.crashed/libggml.so`);
  assertEquals(contentsOf(await fixture.extract()), FILES);
});

Deno.test("extractEmbedded() refuses bytes that do not match", async () => {
  await using fixture = new Fixture();
  Deno.writeTextFileSync(`${fixture.source}/libggml.so`, "the myths");
  await assertRejects(
    () => fixture.extract(),
    LlamaError,
    "Cannot extract libggml.so: it is damaged",
  );
  assertEquals(names(fixture.cache), []);
});

Deno.test("extractEmbedded() gives another build another folder", async () => {
  await using fixture = new Fixture();
  const before = await fixture.extract();
  const manifest = `${fixture.source}/manifest.json`;
  Deno.writeTextFileSync(manifest, Deno.readTextFileSync(manifest) + "\n");
  assert(before !== await fixture.extract());
});
