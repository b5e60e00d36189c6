import { assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../../src/errors.ts";
import {
  readOptions,
  toLimits,
  toRunner,
  toSampling,
} from "../../../src/protocol/ollama_options.ts";

Deno.test("toSampling() has Ollama's defaults", () => {
  assertEquals(toSampling({}), {
    temperature: 0.8,
    topK: 40,
    topP: 0.9,
    minP: 0,
    typicalP: 1,
    repeatLastN: 64,
    repeatPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
  });
});

Deno.test("toSampling() takes every option over its default", () => {
  const options = readOptions({
    temperature: 0,
    top_k: 7,
    top_p: 0.5,
    min_p: 0.1,
    typical_p: 0.7,
    repeat_last_n: -1,
    repeat_penalty: 1.1,
    presence_penalty: 0.2,
    frequency_penalty: 0.3,
    seed: 42,
  });
  assertEquals(toSampling(options), {
    temperature: 0,
    topK: 7,
    topP: 0.5,
    minP: 0.1,
    typicalP: 0.7,
    repeatLastN: -1,
    repeatPenalty: 1.1,
    presencePenalty: 0.2,
    frequencyPenalty: 0.3,
    seed: 42,
  });
});

Deno.test("toSampling() draws a fresh seed for a negative one", () => {
  assertEquals("seed" in toSampling({ seed: -1 }), false);
  assertEquals(toSampling({ seed: 0 }).seed, 0);
});

Deno.test("toLimits() reads a negative num_predict as unlimited", () => {
  assertEquals("maxTokens" in toLimits({}, {}), false);
  assertEquals("maxTokens" in toLimits({ num_predict: -2 }, {}), false);
  assertEquals(toLimits({ num_predict: 5 }, {}).maxTokens, 5);
});

Deno.test("toLimits() cuts and shifts unless told not to", () => {
  const limits = toLimits({ stop: ["a", ""], num_keep: 9 }, { shift: false });
  assertEquals(limits, {
    stop: ["a"],
    keepTokens: 9,
    truncate: true,
    shift: false,
  });
});

Deno.test("toRunner() leaves to the server what is not given or not positive", () => {
  const automatic = {
    batchSize: 512,
    gpuLayers: -1,
    mainGpu: 0,
    threads: 0,
  };
  assertEquals(toRunner({}), automatic);
  assertEquals(
    toRunner({ num_ctx: 0, num_batch: -1, num_gpu: -7, num_thread: -1 }),
    automatic,
  );
  assertEquals(toRunner({ num_ctx: 2048, num_gpu: 3, use_mmap: false }), {
    ...automatic,
    contextLength: 2048,
    gpuLayers: 3,
    useMmap: false,
  });
});

Deno.test("readOptions() truncates numbers of integer options", () => {
  const options = readOptions({ num_ctx: 2048.9, seed: -3.7 });
  assertEquals(options, { num_ctx: 2048, seed: -3 });
});

Deno.test("readOptions() skips null and reports unknown names", () => {
  const ignored: string[] = [];
  const options = readOptions(
    { seed: null, mirostat: 2, tfs_z: "x" },
    (name) => ignored.push(name),
  );
  assertEquals(options, {});
  assertEquals(ignored, ["mirostat", "tfs_z"]);
});

Deno.test("readOptions() refuses wrong types in Ollama's words", () => {
  const cases: readonly [string, unknown, string][] = [
    ["temperature", "hot", "of type float32"],
    ["num_predict", "5", "of type integer"],
    ["num_ctx", true, "of type integer"],
    ["use_mmap", 1, "of type boolean"],
    ["stop", "x", "of type array"],
    ["stop", ["x", 1], "of an array of strings"],
  ];
  for (const [name, value, words] of cases) {
    const error = assertThrows(() => readOptions({ [name]: value }));
    assertEquals((error as ServerError).kind, "bad_request");
    assertEquals(error.message, `option "${name}" must be ${words}`);
  }
});
