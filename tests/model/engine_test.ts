import { createLlamaBackend } from "../../src/engine/llama_backend.ts";
import type { EngineSpec } from "../../src/messages.ts";
import { engineSuite, mixesBalance } from "../testing/engine_suite.ts";
import { findModel } from "../testing/models.ts";
import { tinyGguf } from "../testing/tiny_gguf.ts";

const gguf = findModel("smollm2");

const SPEC: EngineSpec = {
  modelPath: gguf ?? "",
  adapterPaths: [],
  contextLength: 64,
  parallel: 4,
  batchSize: 32,
  threads: 2,
  gpuLayers: 0,
  layers: 30,
  cacheBytes: 0,
  computeBytes: 0,
  mainGpu: 0,
  flashAttention: "auto",
  kvCacheType: "f16",
  flavour: "cpu",
  embedding: false,
};

const PROMPTS = {
  ending: "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n" +
    "<|im_start|>assistant\n",
  endless: "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
};

Deno.test({
  name: "Engine, over libllama,",
  ignore: gguf === undefined,
  fn: async (t) => {
    using backend = await createLlamaBackend(SPEC);
    await engineSuite(t, { backend, ...PROMPTS, mixes: 3 });
  },
});

Deno.test({
  name: "Engine ends and counts every request over a tiny model",
  ignore: gguf === undefined,
  fn: async () => {
    const modelPath = await Deno.makeTempFile({ suffix: ".gguf" });
    try {
      await Deno.writeFile(modelPath, tinyGguf());
      const spec = { ...SPEC, modelPath, layers: 2 };
      using backend = await createLlamaBackend(spec);
      mixesBalance({ backend, ...PROMPTS, mixes: 40 });
    } finally {
      await Deno.remove(modelPath);
    }
  },
});
