import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import type { SamplingParams } from "../../src/generation.ts";
import type { EngineSpec } from "../../src/messages.ts";
import type { Backend, Sampler } from "../../src/engine/backend.ts";
import { Distribution } from "../../src/engine/logprobs.ts";
import { createLlamaBackend } from "../../src/engine/llama_backend.ts";
import { toUnitLength } from "../../src/runtime/vectors.ts";
import { toSampling } from "../../src/protocol/ollama_options.ts";
import { findModel } from "../testing/models.ts";

const gguf = findModel("smollm2");
const embeddingGguf = findModel("embed");

const SPEC: EngineSpec = {
  modelPath: gguf ?? "",
  adapterPaths: [],
  contextLength: 128,
  parallel: 4,
  batchSize: 128,
  threads: 2,
  gpuLayers: -1,
  layers: 30,
  cacheBytes: 11_796_480,
  computeBytes: 0,
  mainGpu: 0,
  flashAttention: "auto",
  kvCacheType: "f16",
  flavour: "cpu",
  embedding: false,
};

const GREEDY = toSampling({ temperature: 0 });

const QUESTION =
  "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n" +
  "<|im_start|>assistant\n";

/** Evaluates a prompt and answers the index of its output. */
function prefill(
  backend: Backend,
  sequence: number,
  tokens: readonly number[],
  from = 0,
): number {
  backend.decode(
    tokens.map((token, index) => ({
      token,
      position: from + index,
      sequence,
      output: index === tokens.length - 1,
    })),
  );
  return tokens.length - 1;
}

/** Generates after an output, one token a decode. */
function continueFrom(
  backend: Backend,
  sampler: Sampler,
  at: { sequence: number; position: number; index: number },
  count: number,
): number[] {
  const tokens: number[] = [];
  let { position, index } = at;
  const { sequence } = at;
  for (let i = 0; i < count; i++) {
    const token = sampler.sample(index);
    tokens.push(token);
    if (backend.isEndOfGeneration(token)) {
      break;
    }
    backend.decode([{ token, position, sequence, output: true }]);
    position++;
    index = 0;
  }
  return tokens;
}

function answer(
  backend: Backend,
  params: SamplingParams,
  text = QUESTION,
  count = 24,
  sequence = 0,
): number[] {
  using sampler = backend.createSampler(params);
  backend.truncateSequence(sequence, 0);
  const tokens = backend.tokenize(text, true);
  const index = prefill(backend, sequence, tokens);
  const at = { sequence, position: tokens.length, index };
  return continueFrom(backend, sampler, at, count);
}

function textOf(backend: Backend, tokens: readonly number[]): string {
  const decoder = new TextDecoder();
  const parts = tokens.map((token) =>
    decoder.decode(backend.piece(token), { stream: true })
  );
  return parts.join("") + decoder.decode();
}

/** One backend for a group of steps: loading is the slow part. */
function withBackend(
  name: string,
  changes: Partial<EngineSpec>,
  ignore: boolean,
  run: (backend: Backend, t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore,
    fn: async (t) => {
      using backend = await createLlamaBackend({ ...SPEC, ...changes });
      await run(backend, t);
    },
  });
}

withBackend("LlamaBackend", {}, gguf === undefined, async (backend, t) => {
  await t.step("tells what it loaded", () => {
    const { info } = backend;
    assertEquals(info.flavour, "cpu");
    assertEquals(info.contextLength, 128);
    assertEquals(info.vocabularySize, 49152);
    assertEquals(info.embeddingLength, 576);
    assertEquals(info.bosText, "<|im_start|>");
    assertEquals(info.eosText, "<|im_end|>");
    assertEquals([info.gpuBytes, info.gpuLayers], [0, 0]);
    assert(info.sizeBytes > 100e6 && info.sizeBytes < 300e6);
    assertEquals(backend.canShift, true);
  });

  await t.step("tokens become the text they were made of", () => {
    const text = "Grüße, 你好 🙂 naïve\n\tfin";
    const tokens = backend.tokenize(text, false);
    assertEquals(textOf(backend, tokens), text);
  });

  await t.step("special tokens are parsed and are no text", () => {
    const tokens = backend.tokenize("<|im_start|>hi<|im_end|>", true);
    assertEquals([tokens[0], tokens.at(-1)], [1, 2]);
    assertEquals(textOf(backend, tokens), "hi");
    assertEquals(backend.isEndOfGeneration(2), true);
    assertEquals(backend.isEndOfGeneration(100), false);
  });

  await t.step("an empty text is no tokens", () => {
    assertEquals(backend.tokenize("", false), []);
  });

  await t.step("temperature 0 answers sensibly and the same again", () => {
    const first = answer(backend, GREEDY);
    const text = textOf(backend, first);
    assertEquals(text, "The capital of France is Paris.");
    assertEquals(answer(backend, GREEDY), first);
  });

  await t.step("a seed reproduces, another seed does not", () => {
    const params = { ...GREEDY, temperature: 1.2 };
    const tell = (seed: number) =>
      answer(backend, { ...params, seed }, "Once upon a time", 12);
    assertEquals(tell(7), tell(7));
    assertNotEquals(tell(7), tell(8));
  });

  await t.step("top_k 1 leaves the likeliest", () => {
    const params = { ...GREEDY, temperature: 2, topK: 1, seed: 3 };
    assertEquals(answer(backend, params), answer(backend, GREEDY));
  });

  await t.step("penalties count accepted prompt tokens", () => {
    const tokens = backend.tokenize(QUESTION, true);
    const choose = (params: SamplingParams, accepted: number[]) => {
      backend.truncateSequence(0, 0);
      using sampler = backend.createSampler(params);
      accepted.forEach((token) => sampler.accept(token));
      return sampler.sample(prefill(backend, 0, tokens));
    };
    const likeliest = choose(GREEDY, []);
    const penalized = { ...GREEDY, repeatPenalty: 5, repeatLastN: -1 };
    assertEquals(choose(penalized, []), likeliest);
    assertNotEquals(choose(penalized, [likeliest]), likeliest);
    const blind = { ...penalized, repeatLastN: 0 };
    assertEquals(choose(blind, [likeliest]), likeliest);
  });

  await t.step("a mask leaves only its tokens", () => {
    using sampler = backend.createSampler({ ...GREEDY, temperature: 1 });
    backend.truncateSequence(0, 0);
    const index = prefill(backend, 0, backend.tokenize(QUESTION, true));
    const allowed = new Int32Array(Math.ceil(49152 / 32));
    allowed[1000 >> 5] = 1 << (1000 & 31);
    assertEquals(sampler.sample(index, allowed), 1000);
  });

  await t.step("sequences side by side answer as alone", () => {
    const questions = ["What is 2 + 2?", "Name a colour.", "Who are you?"]
      .map((each) => QUESTION.replace("What is the capital of France?", each));
    const alone = questions.map((each) => answer(backend, GREEDY, each, 8));
    const prompts = questions.map((each) => backend.tokenize(each, true));
    prompts.forEach((_, sequence) => backend.truncateSequence(sequence, 0));
    const outputs: number[] = [];
    const batch = prompts.flatMap((tokens, sequence) =>
      tokens.map((token, position) => ({
        token,
        position,
        sequence,
        output: position === tokens.length - 1,
      }))
    );
    batch.forEach((each, index) => each.output && outputs.push(index));
    backend.decode(batch);
    using samplers = new DisposableStack();
    const chains = prompts.map(() =>
      samplers.use(backend.createSampler(GREEDY))
    );
    const first = chains.map((chain, index) =>
      chain.sample(outputs[index] ?? -1)
    );
    assertEquals(first, alone.map((tokens) => tokens[0] ?? -1));
  });

  await t.step("a copied prefix is as good as an evaluated one", () => {
    const tokens = backend.tokenize(QUESTION, true);
    const whole = answer(backend, GREEDY, QUESTION, 8);
    backend.truncateSequence(1, 0);
    const shared = tokens.length - 3;
    assertEquals(backend.copyPrefix(0, 1, shared), true);
    // The source may go on, or go, without the copy noticing.
    backend.truncateSequence(0, 0);
    using sampler = backend.createSampler(GREEDY);
    const index = prefill(backend, 1, tokens.slice(shared), shared);
    const at = { sequence: 1, position: tokens.length, index };
    assertEquals(continueFrom(backend, sampler, at, 8), whole);
    backend.truncateSequence(1, 0);
  });

  await t.step("a cut sequence goes on from the cut", () => {
    const whole = answer(backend, GREEDY, QUESTION, 8);
    const tokens = backend.tokenize(QUESTION, true);
    const kept = tokens.length - 2;
    assertEquals(backend.truncateSequence(0, kept), true);
    using sampler = backend.createSampler(GREEDY);
    const index = prefill(backend, 0, tokens.slice(kept), kept);
    const at = { sequence: 0, position: tokens.length, index };
    assertEquals(continueFrom(backend, sampler, at, 8), whole);
  });

  await t.step("a discarded middle makes room and the end goes on", () => {
    backend.truncateSequence(0, 0);
    const tokens = backend.tokenize("one two three four five six ", true);
    prefill(backend, 0, tokens);
    backend.discardMiddle(0, 1, 3);
    const position = tokens.length - 3;
    backend.decode([{ token: 100, position, sequence: 0, output: true }]);
  });

  await t.step("a bias bans a token or forces it", () => {
    const [chosen = -1] = answer(backend, GREEDY, QUESTION, 1);
    const ban = { ...GREEDY, logitBias: [{ token: chosen, bias: -100 }] };
    assert(answer(backend, ban, QUESTION, 1)[0] !== chosen);
    const force = { ...GREEDY, logitBias: [{ token: 77, bias: 1000 }] };
    assertEquals(answer(backend, force, QUESTION, 1), [77]);
  });

  await t.step("logits say what the greedy choice is", () => {
    const tokens = backend.tokenize(QUESTION, true);
    backend.truncateSequence(0, 0);
    const index = prefill(backend, 0, tokens);
    const { top } = new Distribution(backend.logits(index), 1);
    using sampler = backend.createSampler(GREEDY);
    assertEquals(top[0]?.token, sampler.sample(index));
    assert((top[0]?.logprob ?? 1) < 0);
  });

  await t.step("fewer threads change nothing but the speed", () => {
    const whole = answer(backend, GREEDY, QUESTION, 6);
    backend.setThreads(1);
    assertEquals(answer(backend, GREEDY, QUESTION, 6), whole);
    backend.setThreads(64);
    assertEquals(answer(backend, GREEDY, QUESTION, 6), whole);
  });

  await t.step("more outputs than sequences are refused", () => {
    const batch = Array.from({ length: 5 }, (_, position) => ({
      token: 100,
      position,
      sequence: 0,
      output: true,
    }));
    assertThrows(() => backend.decode(batch), RangeError, "5 outputs");
  });

  await t.step(
    "an invalid token is an error, and the next decode works",
    () => {
      const bad = [{ token: -5, position: 0, sequence: 0, output: true }];
      assertThrows(() => backend.decode(bad), Error, "Cannot decode");
      assertEquals(answer(backend, GREEDY, QUESTION, 3).length, 3);
    },
  );
});

Deno.test({
  name: "LlamaBackend tells the progress of a load",
  ignore: gguf === undefined,
  fn: async () => {
    const told: number[] = [];
    const load = createLlamaBackend(SPEC, (progress) => told.push(progress));
    (await load)[Symbol.dispose]();
    assertEquals(told.at(-1), 1);
    assertEquals(told, told.toSorted((a, b) => a - b));
    assert(told.length <= 21);
  },
});

withBackend(
  "LlamaBackend embeds",
  {
    modelPath: embeddingGguf ?? "",
    contextLength: 256,
    layers: 6,
    cacheBytes: 0,
    computeBytes: 0,
    embedding: true,
  },
  embeddingGguf === undefined,
  async (backend, t) => {
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, each, index) => sum + each * (b[index] ?? 0), 0);
    const embed = (...texts: string[]) =>
      backend.embed(texts.map((text) => backend.tokenize(text, true)))
        .map(toUnitLength);

    await t.step("vectors know what is alike", () => {
      const [cat, kitten, tax] = embed(
        "a cat sleeps on the sofa",
        "the kitten naps on a couch",
        "income tax law of 1913",
      );
      assert(cat && kitten && tax);
      for (const vector of [cat, kitten, tax]) {
        assertEquals(vector.length, backend.info.embeddingLength);
      }
      assert(dot(cat, kitten) > dot(cat, tax) + 0.2);
    });

    await t.step("an input's vector is the same alone and among others", () => {
      const [alone] = embed("a cat sleeps on the sofa");
      const [, among] = embed("something else", "a cat sleeps on the sofa");
      assert(alone && among && dot(alone, among) > 0.9999);
    });

    await t.step("an input without tokens has no direction", () => {
      const [empty, full] = backend.embed([[], backend.tokenize("a", true)]);
      assert(empty?.every((each) => each === 0));
      assert(full && dot(full, full) > 0);
    });
  },
);

const RUBBISH: [string, (file: string) => void][] = [
  ["is missing", (file) => Deno.removeSync(file)],
  ["is empty", (file) => Deno.writeFileSync(file, new Uint8Array())],
  ["is random bytes", (file) => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    Deno.writeFileSync(file, bytes);
  }],
  ["is cut in its header", (file) => {
    Deno.writeFileSync(file, Deno.readFileSync(gguf ?? "").slice(0, 10_000));
  }],
  ["is cut in its tensors", (file) => {
    const bytes = Deno.readFileSync(gguf ?? "");
    Deno.writeFileSync(file, bytes.slice(0, bytes.length >> 1));
  }],
];

for (const [name, spoil] of RUBBISH) {
  Deno.test({
    name: `createLlamaBackend() refuses a file that ${name}`,
    ignore: gguf === undefined,
    fn: async () => {
      const file = Deno.makeTempFileSync({ suffix: ".gguf" });
      spoil(file);
      const spec = { ...SPEC, modelPath: file };
      const { message } = await assertRejects(() => createLlamaBackend(spec));
      assert(/error loading model|No such file/.test(message), message);
      await Deno.remove(file).catch(() => {});
    },
  });
}
