import { assert, assertEquals } from "@std/assert";
import { createLlamaBackend } from "../../src/engine/llama_backend.ts";
import type { EngineSpec } from "../../src/messages.ts";
import { tinyRerankerGguf } from "../testing/tiny_bert.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

/** Inputs shorter and longer than the small batch, and none. */
const INPUTS = [
  Array.from({ length: 70 }, (_, index) => 3 + index),
  [],
  [5, 6, 7],
  Array.from({ length: 33 }, (_, index) => 100 + index),
];

/** The vectors of a model, evaluated so many tokens at a time. */
async function embed(
  gguf: Uint8Array,
  contextLength: number,
  batchSize: number,
  inputs: readonly (readonly number[])[],
): Promise<Float32Array[]> {
  const modelPath = await Deno.makeTempFile({ suffix: ".gguf" });
  await Deno.writeFile(modelPath, gguf);
  const spec: EngineSpec = {
    modelPath,
    adapterPaths: [],
    contextLength,
    parallel: 4,
    batchSize,
    threads: 2,
    gpuLayers: 0,
    layers: 2,
    cacheBytes: 0,
    computeBytes: 0,
    mainGpu: 0,
    flashAttention: "auto",
    kvCacheType: "f16",
    flavour: "cpu",
    embedding: true,
  };
  try {
    using backend = await createLlamaBackend(spec);
    const first = backend.embed(inputs);
    // Nothing of the first is left to change the second.
    assertEquals(backend.embed(inputs), first);
    return first;
  } finally {
    await Deno.remove(modelPath);
  }
}

type Numbers = ArrayLike<number>;

/** How much two vectors point the same way, at most 1. */
function cosine(a: Numbers = [], b: Numbers = []): number {
  const dot = (x: Numbers, y: Numbers) =>
    Array.from(x).reduce(
      (sum, each, index) => sum + each * (y[index] ?? NaN),
      0,
    );
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

Deno.test("LlamaBackend.embed() says the same in several steps as in one", async () => {
  // The vector of the last token.
  const gguf = tinyGguf(1, { "llama.pooling_type": { u32: 3 } });
  const whole = await embed(gguf, 128, 128, INPUTS);
  const parts = await embed(gguf, 128, 16, INPUTS);
  assertEquals(whole.map((each) => each.length), [64, 64, 64, 64]);
  for (const input of [0, 2, 3]) {
    const likeness = cosine(whole[input], parts[input]);
    assert(likeness > 0.9995, `input ${input}: ${likeness}`);
  }
  assert(cosine(whole[0], whole[3]) < 0.99);
  assert(whole[1]?.every((value) => value === 0));
});

Deno.test("LlamaBackend.embed() gives one score an input where a model ranks", async () => {
  const inputs = [[2, 20, 21, 3], [2, 30, 31, 32, 3], [2, 20, 21, 3]];
  const scores = await embed(tinyRerankerGguf(), 128, 128, inputs);
  assertEquals(scores.map((each) => each.length), [1, 1, 1]);
  const [first = NaN, second = NaN, third = NaN] = scores.map(([each]) => each);
  assert(Number.isFinite(first) && first !== second, `${first} ${second}`);
  assert(Math.abs(first - third) < 1e-5, `${first} ${third}`);
});
