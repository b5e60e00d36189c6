import { gguf } from "@huggingface/gguf";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GgufError } from "../../../src/models/gguf_reader.ts";
import { type GgufMetadata, readGguf } from "../../../src/models/gguf.ts";
import { Random } from "../../testing/random.ts";
import { TINY_BERT_WIDTH, tinyBertGguf } from "../../testing/tiny_bert.ts";
import {
  ggufBytes,
  type GgufField,
  tinyGguf,
} from "../../testing/tiny_gguf.ts";

/** Runs with a file of these bytes. */
async function withFile<T>(
  bytes: Uint8Array,
  run: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await run(path);
  } finally {
    await Deno.remove(path);
  }
}

function read(bytes: Uint8Array): Promise<GgufMetadata> {
  return withFile(bytes, readGguf);
}

const LLAMA: Readonly<Record<string, GgufField>> = {
  "general.architecture": { text: "llama" },
};

/** A copy with other bytes from `at` on. */
function patched(bytes: Uint8Array, at: number, ...other: number[]) {
  const copy = bytes.slice();
  copy.set(other, at);
  return copy;
}

const HUGE = [255, 255, 255, 255, 255, 255, 255, 127];

Deno.test("readGguf() tells of a model what the server needs", async () => {
  const { values, tensors, ...facts } = await read(tinyGguf());
  assertEquals(facts, {
    architecture: "llama",
    parameterCount: 112_448,
    tensorBytes: 449_792,
    quantization: "F32",
    contextLength: 256,
    embeddingLength: 64,
    blockCount: 2,
    cacheValuesPerToken: 2 * 2 * (16 + 16),
  });
  assertEquals(values["general.name"], "Tiny");
  assertEquals(values["tokenizer.ggml.tokens"], null);
  assertEquals(tensors[0], {
    name: "token_embd.weight",
    type: "F32",
    shape: [64, 300],
  });
});

Deno.test("readGguf() agrees with another reader", async () => {
  const bytes = tinyGguf();
  const [ours, theirs] = await withFile(bytes, async (path) =>
    [
      await readGguf(path),
      await gguf(path, { allowLocalFile: true }),
    ] as const);
  const plain = (value: unknown) =>
    typeof value === "bigint" ? Number(value) : value;
  // Ours writes 32-bit numbers with the digits that they have.
  const as32Bit = (value: unknown) =>
    typeof value === "number" && !Number.isInteger(value)
      ? Math.fround(value)
      : value;
  for (const [key, value] of Object.entries(ours.values)) {
    if (value !== null) {
      const other = (theirs.metadata as Record<string, unknown>)[key];
      assertEquals(as32Bit(value), plain(other), key);
    }
  }
  assertEquals(
    ours.tensors.map(({ name, shape }) => ({ name, shape })),
    theirs.tensorInfos.map(({ name, shape }) => ({
      name,
      shape: shape.map(Number),
    })),
  );
});

Deno.test("readGguf() reads every type of value", async () => {
  const { values } = await read(ggufBytes({
    ...LLAMA,
    u8: { u8: 200 },
    i32: { i32: -5 },
    u32: { u32: 4_000_000_000 },
    f32: { f32: 0.5 },
    yes: { bool: true },
    no: { bool: false },
    u64: { u64: 2n ** 40n },
    text: { text: "größe 世界" },
    texts: { texts: ["a", "", "b"] },
    long: { i32s: Array.from({ length: 65 }, () => 1) },
    "long texts": { texts: Array.from({ length: 1000 }, () => "abc") },
    after: { i32s: [-1, 2] },
  }));
  assertEquals(values, {
    "general.architecture": "llama",
    u8: 200,
    i32: -5,
    u32: 4_000_000_000,
    f32: 0.5,
    yes: true,
    no: false,
    u64: 2 ** 40,
    text: "größe 世界",
    texts: ["a", "", "b"],
    long: null,
    "long texts": null,
    after: [-1, 2],
  });
});

Deno.test("readGguf() tells models that embed, and templates", async () => {
  const metadata = await read(ggufBytes({
    "general.architecture": { text: "bert" },
    "bert.pooling_type": { u32: 1 },
    "bert.attention.head_count": { u32: 4 },
    "bert.embedding_length": { u32: 64 },
    "bert.block_count": { u32: 3 },
    "tokenizer.chat_template": { text: "{{ messages }}" },
  }));
  assertEquals(metadata.poolingType, 1);
  assertEquals(metadata.chatTemplate, "{{ messages }}");
  assertEquals(metadata.quantization, "unknown");
  assertEquals(metadata.cacheValuesPerToken, 3 * 4 * 32);
});

Deno.test("readGguf() reads the tiny models of the tests", async () => {
  const bert = await read(tinyBertGguf());
  assertEquals(bert.architecture, "bert");
  assertEquals(bert.poolingType, 1);
  assertEquals(bert.embeddingLength, TINY_BERT_WIDTH);
  const template = "{% for each in messages %}{{ each.content }}{% endfor %}";
  const llama = await read(
    tinyGguf(1, { "tokenizer.chat_template": { text: template } }),
  );
  assertEquals(llama.chatTemplate, template);
});

Deno.test("readGguf() takes the largest of values by layer", async () => {
  const metadata = await read(ggufBytes({
    ...LLAMA,
    "llama.attention.head_count": { u32: 4 },
    "llama.attention.head_count_kv": { i32s: [1, 2, 4] },
    "llama.attention.key_length": { u32: 10 },
    "llama.attention.value_length": { u32: 6 },
    "llama.block_count": { u32: 3 },
  }));
  assertEquals(metadata.cacheValuesPerToken, 3 * 4 * 16);
});

Deno.test("readGguf() refuses what is no GGUF file, and says why", async () => {
  const good = ggufBytes(LLAMA);
  const cases: readonly [Uint8Array, string][] = [
    [new Uint8Array(), "does not begin with GGUF"],
    [good.slice(0, 23), "does not begin with GGUF"],
    [patched(good, 0, 65), "does not begin with GGUF"],
    [patched(good, 4, 1), "version 1 is not known"],
    [patched(good, 8, ...HUGE), "runs past the end"],
    [patched(good, 16, ...HUGE), "runs past the end"],
    [patched(good, 24, ...HUGE), "runs past the end"],
    [patched(good, 24 + 8 + 20, 99), "unknown type 99"],
    [ggufBytes({}), "general.architecture is missing"],
    [
      ggufBytes({ "general.architecture": { u32: 1 } }),
      "general.architecture is missing",
    ],
    [tinyGguf().slice(0, -64), "its tensors need"],
  ];
  for (const [bytes, message] of cases) {
    await assertRejects(() => read(bytes), GgufError, message);
  }
});

Deno.test("readGguf() refuses a file cut anywhere in its header", async () => {
  const good = ggufBytes({ ...LLAMA, list: { texts: ["a", "b"] } });
  const end = good.length - 32;
  for (let length = 0; length < end; length++) {
    await assertRejects(() => read(good.slice(0, length)), GgufError);
  }
});

/** The header of a file with many of something, and nothing after it. */
function headerOf(tensors: number, values: number): Uint8Array {
  const bytes = ggufBytes(LLAMA);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(tensors), true);
  view.setBigUint64(16, BigInt(values), true);
  return bytes;
}

/** Reads a file that is mostly a hole: large without taking room on disk. */
function readSparse(bytes: Uint8Array, size: number): Promise<GgufMetadata> {
  return withFile(bytes, async (path) => {
    await Deno.truncate(path, size);
    return await readGguf(path);
  });
}

Deno.test("readGguf() does not let a file exhaust the memory", async () => {
  const GIGABYTES = 8 * 2 ** 30;
  const counts = [[300_000_000, 1], [0, 500_000_000]] as const;
  for (const [tensors, values] of counts) {
    await assertRejects(
      () => readSparse(headerOf(tensors, values), GIGABYTES),
      GgufError,
      "its header is too large",
    );
  }
  const text = patched(ggufBytes(LLAMA), 24, 0, 0, 0, 0, 1);
  await assertRejects(
    () => readSparse(text, GIGABYTES),
    GgufError,
    "its header is too large",
  );
});

Deno.test("readGguf() does not walk through a list that is too long to be real", async () => {
  const bytes = ggufBytes({ ...LLAMA, list: { texts: [] } });
  // The fixed part, the first value, then the list up to its length.
  const at = 24 + (8 + 20 + 4 + 8 + 5) + (8 + 4 + 4 + 4);
  await assertRejects(
    () => readSparse(patched(bytes, at, 0, 0, 0, 0x20), 8 * 2 ** 30),
    GgufError,
    "a list of 536870912 elements is too long",
  );
});

Deno.test("readGguf() takes __proto__ for a name like any other", async () => {
  const { values } = await read(
    ggufBytes({ ...LLAMA, ["__proto__"]: { texts: ["a"] } }),
  );
  assertEquals(Object.keys(values), ["general.architecture", "__proto__"]);
  assertEquals(Object.getPrototypeOf(values), Object.prototype);
});

Deno.test("readGguf() writes 32-bit numbers as short as they are", async () => {
  const numbers = [0.1, 1e-5, 3.4028234663852886e38, 1 / 3, 16777217];
  const { values } = await read(
    ggufBytes({ ...LLAMA, numbers: { f32s: numbers } }),
  );
  const [tenth, small, ...others] = values["numbers"] as number[];
  assertEquals([tenth, small], [0.1, 1e-5]);
  assertEquals(others.map(Math.fround), numbers.slice(2).map(Math.fround));
});

Deno.test("readGguf() bears any damage", async () => {
  const random = new Random(3);
  const good = ggufBytes(
    { ...LLAMA, list: { texts: ["a", "b"] }, numbers: { f32s: [1, 2, 3] } },
    [{ name: "a", shape: [2, 2], data: new Float32Array(4) }],
  );
  for (let round = 0; round < 500; round++) {
    const bytes = good.slice();
    for (let each = random.between(1, 8); each > 0; each--) {
      bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
    }
    const error = await read(bytes).then(() => undefined, (error) => error);
    assert(error === undefined || error instanceof GgufError, String(error));
  }
});
