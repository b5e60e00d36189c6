import { assertEquals, assertThrows } from "@std/assert";
import {
  DisposedError,
  LlamaContext,
  LlamaError,
  LlamaModel,
  LlamaSampler,
  openLibrary,
  TokenBatch,
} from "../../../ffi/mod.ts";
import { findModel } from "../../testing/models.ts";

const path = findModel("smollm2");
const ignore = path === undefined;

const GREEDY = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  penaltyTokens: 0,
  repeatPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 0,
} as const;

/** Stays open: it belongs to the process, not to a test. */
const library = await openLibrary({
  flavour: "cpu",
  folder: Deno.env.get("TALLY_LLAMA_LIB") ?? "",
  cacheFolder: "",
});

function loadModel(): LlamaModel {
  return LlamaModel.load(library, {
    path: path ?? "",
    gpuLayers: 0,
    mainGpu: 0,
  });
}

function makeContext(model: LlamaModel): LlamaContext {
  return LlamaContext.create(model, {
    cells: 512,
    sequences: 2,
    batchSize: 32,
    outputs: 2,
    threads: 2,
    embeddings: false,
    unified: true,
    flashAttention: "auto",
    cacheType: "f16",
  });
}

/** Decodes `steps` tokens greedily after a beginning. */
function generate(
  context: LlamaContext,
  steps: number,
  between: (step: number) => void,
): number[] {
  using sampler = LlamaSampler.create(context, GREEDY);
  const batch = new TokenBatch(8);
  const tokens = context.model.vocab.tokenize("Once upon a time", true);
  let position = 0;
  let next = tokens;
  for (let step = 0; step < steps; step++) {
    batch.clear();
    next.forEach((token, index) =>
      batch.add(token, position + index, 0, index === next.length - 1)
    );
    assertEquals(context.decode(batch), 0);
    position += next.length;
    next = [sampler.sample(-1)];
    tokens.push(...next);
    between(step);
  }
  return tokens;
}

Deno.test({
  name: "a model with a live context cannot be disposed of, and stays usable",
  ignore,
  fn: () => {
    using model = loadModel();
    const context = makeContext(model);
    assertThrows(() => model[Symbol.dispose](), LlamaError, "live context");
    assertEquals(generate(context, 2, () => {}).length > 2, true);
    context[Symbol.dispose]();
  },
});

Deno.test({
  name: "disposing twice is harmless, using after it is an error",
  ignore,
  fn: () => {
    const model = loadModel();
    const context = makeContext(model);
    const sampler = LlamaSampler.create(context, GREEDY);
    const batch = new TokenBatch(1);
    for (const each of [sampler, context, model, sampler, context, model]) {
      each[Symbol.dispose]();
    }
    for (
      const use of [
        () => sampler.accept(1),
        () => sampler.sample(0),
        () => context.decode(batch),
        () => context.remove(0, 0, -1),
        () => context.setThreads(1),
        () => context.canShift,
        () => model.layers,
        () => model.sizeBytes,
        () => makeContext(model),
      ]
    ) {
      assertThrows(use, DisposedError, "it has been disposed of");
    }
  },
});

Deno.test({
  name: "a full batch refuses more tokens",
  fn: () => {
    const batch = new TokenBatch(1);
    batch.add(1, 0, 0, true);
    assertThrows(() => batch.add(1, 1, 0, true), RangeError, "Cannot add");
    batch.clear();
    batch.add(1, 0, 0, true);
    assertEquals(batch.length, 1);
  },
});

Deno.test({
  name: "garbage collection takes nothing that C still reads",
  ignore,
  fn: () => {
    using model = loadModel();
    using context = makeContext(model);
    const { gc } = globalThis as { gc?: () => void };
    const garbage: Uint8Array[] = [];
    const collect = (step: number) => {
      if (step % 4 !== 0) {
        return;
      }
      // Without --v8-flags=--expose-gc, garbage makes the collector run.
      garbage.length = 0;
      for (let i = 0; gc === undefined && i < 16; i++) {
        garbage.push(new Uint8Array(1e6));
      }
      gc?.();
    };
    const disturbed = generate(context, 120, collect);
    context.clear();
    assertEquals(disturbed, generate(context, 120, () => {}));
  },
});
