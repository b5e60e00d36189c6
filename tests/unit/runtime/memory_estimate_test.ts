import { assert, assertEquals } from "@std/assert";
import type { GgufMetadata } from "../../../src/models/gguf.ts";
import {
  cacheBytes,
  computeBytes,
  embeddingLength,
  type EngineShape,
} from "../../../src/runtime/memory_estimate.ts";
import { fakeModel } from "../../testing/fake_model.ts";

const MIB = 2 ** 20;

/** A header as far as memory depends on it. */
function header(
  architecture: string,
  vocabulary: number,
  width: number,
  values: Readonly<Record<string, number | boolean>>,
  rest: Partial<GgufMetadata> = {},
): GgufMetadata {
  return {
    ...fakeModel("m").metadata,
    architecture,
    embeddingLength: width,
    values: Object.fromEntries(
      Object.entries(values)
        .map(([key, value]) => [`${architecture}.${key}`, value]),
    ),
    tensors: [{
      name: "token_embd.weight",
      type: "F16",
      shape: [width, vocabulary],
    }],
    ...rest,
  };
}

const SMOLLM = header("llama", 49_152, 576, {
  "feed_forward_length": 1536,
  "attention.head_count": 9,
}, { cacheValuesPerToken: 30 * 3 * 128 });
const GEMMA = header("gemma3", 262_144, 640, {
  "feed_forward_length": 2048,
  "attention.head_count": 4,
  "attention.sliding_window": 512,
}, { cacheValuesPerToken: 18 * 512 });
const MINILM = header("bert", 30_522, 384, {
  "feed_forward_length": 1536,
  "attention.head_count": 12,
}, { poolingType: 1 });
const DECODER = header("qwen3", 151_936, 1024, {
  "feed_forward_length": 3072,
  "attention.head_count": 16,
}, { poolingType: 3, cacheValuesPerToken: 28 * 8 * 256 });

const SHAPE: EngineShape = {
  contextLength: 8192,
  parallel: 4,
  batchSize: 512,
  embedding: false,
  flashAttention: "auto",
  kvCacheType: "f16",
};

/** Within a third of what libllama 0.5.0 says it has reserved. */
function assertReserves(estimate: number, mebibytes: number): void {
  const ratio = estimate / MIB / mebibytes;
  assert(ratio >= 0.98 && ratio <= 1.34, `${ratio} of what is reserved`);
}

Deno.test("computeBytes() is what libllama reserves, or a little more", () => {
  const single = { ...SHAPE, parallel: 1 };
  assertReserves(
    computeBytes(SMOLLM, { ...single, contextLength: 2048 }),
    15.51 + 0.19,
  );
  assertReserves(computeBytes(SMOLLM, SHAPE), 21.51 + 0.75);
  assertReserves(
    computeBytes(SMOLLM, { ...SHAPE, contextLength: 4096, batchSize: 2048 }),
    70.05 + 0.75,
  );
  assertReserves(
    computeBytes(GEMMA, { ...single, contextLength: 4096 }),
    25.77 + 1,
  );
  assertReserves(computeBytes(GEMMA, SHAPE), 33.77 + 4);
  const embedding = { ...SHAPE, contextLength: 2048, embedding: true };
  assertReserves(
    computeBytes(SMOLLM, { ...embedding, batchSize: 2048 }),
    410.05 + 386,
  );
});

Deno.test("computeBytes() counts attention that is not computed in passing", () => {
  const plain = computeBytes(SMOLLM, { ...SHAPE, flashAttention: "off" });
  const scores = 512 * 8192 * 9 * 4;
  assertEquals(plain - computeBytes(SMOLLM, SHAPE), scores);
});

Deno.test("cacheBytes() is the cache of all sequences", () => {
  assertEquals(cacheBytes(SMOLLM, SHAPE), 720 * MIB);
  assertEquals(cacheBytes(GEMMA, SHAPE), (96 + 480) * MIB);
  assertEquals(
    cacheBytes(SMOLLM, { ...SHAPE, kvCacheType: "q8_0" }),
    720 * MIB * 17 / 32,
  );
});

Deno.test("cacheBytes() of a model that embeds is one sequence's, or none", () => {
  const shape = { ...SHAPE, contextLength: 2048, embedding: true };
  assertEquals(cacheBytes(SMOLLM, shape), 45 * MIB);
  assertEquals(cacheBytes(MINILM, shape), 0);
});

Deno.test("embeddingLength() is long where it costs little", () => {
  assertEquals(embeddingLength(MINILM, 4096), 8192);
  const wide = header("bert", 250_002, 1024, {}, { poolingType: 2 });
  assertEquals(embeddingLength(wide, 2048), 4294);
  assertEquals(embeddingLength(DECODER, 4096), 4096);
});

Deno.test("an embedding model of decoder type takes no gigabytes", () => {
  const shape = { ...SHAPE, contextLength: 4096, embedding: true };
  const bytes = cacheBytes(DECODER, shape) + computeBytes(DECODER, shape);
  assert(bytes < 1.2 * 2 ** 30, `${bytes / MIB} MiB`);
});
