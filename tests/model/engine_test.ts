import { createLlamaBackend } from "../../src/engine/llama_backend.ts";
import { engineSuite } from "../testing/engine_suite.ts";
import { findModel } from "../testing/models.ts";

const gguf = findModel("smollm2");

Deno.test({
  name: "Engine, over libllama,",
  ignore: gguf === undefined,
  fn: async (t) => {
    using backend = await createLlamaBackend({
      modelPath: gguf ?? "",
      adapterPaths: [],
      contextLength: 64,
      parallel: 4,
      batchSize: 32,
      threads: 2,
      gpuLayers: 0,
      layers: 30,
      cacheBytes: 0,
      mainGpu: 0,
      flashAttention: "auto",
      kvCacheType: "f16",
      flavour: "cpu",
      embedding: false,
    });
    await engineSuite(t, {
      backend,
      ending: "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n" +
        "<|im_start|>assistant\n",
      endless: "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
      mixes: 3,
    });
  },
});
