/**
 * The engine alone, without HTTP, beside `llama-bench`.
 *
 * @module
 */

import type { EngineSpec } from "../src/messages.ts";
import { createLlamaBackend } from "../src/engine/llama_backend.ts";
import { Engine } from "../src/engine/engine.ts";
import { toSampling } from "../src/protocol/ollama_options.ts";
import type { Setup } from "./peer.ts";
import { median, type TableRow } from "./table.ts";

/** Tokens generated in one measurement. */
const TOKENS = 64;

async function llamaBench(path: string, setup: Setup): Promise<number> {
  const { stdout } = await new Deno.Command(path, {
    args: ["-m", setup.model, "-t", String(setup.threads)]
      .concat(["-p", "0", "-n", String(TOKENS), "-r", "1", "-o", "json"]),
    stderr: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout))[0].avg_ts;
}

/** What the engine is told of a setup, on the CPU. */
export function specOf({ model, threads, slots, context }: Setup): EngineSpec {
  return {
    modelPath: model,
    adapterPaths: [],
    contextLength: context,
    parallel: slots,
    batchSize: 512,
    threads,
    gpuLayers: 0,
    layers: 0,
    cacheBytes: 0,
    computeBytes: 0,
    mainGpu: 0,
    flashAttention: "auto",
    kvCacheType: "f16",
    flavour: "cpu",
    embedding: false,
  };
}

/** Tokens in a second of one answer, its prompt not measured. */
function tokensPerSecond(engine: Engine, round: number): number {
  engine.submit({
    type: "generate",
    id: round + 1,
    prompt: [`Round ${round}. Once upon a time`],
    sampling: toSampling({ temperature: 0 }),
    limits: {
      maxTokens: TOKENS,
      stop: [],
      keepTokens: 4,
      truncate: true,
      shift: true,
    },
    wantContext: false,
  });
  // The first step evaluates the prompt, which llama-bench does not measure.
  const first = engine.step()?.totals.generated ?? 0;
  const started = performance.now();
  let last = first;
  for (let event = engine.step(); event; event = engine.step()) {
    last = event.totals.generated;
  }
  return (last - first) / ((performance.now() - started) / 1000);
}

/** One stream's tokens/s, of ours and of llama-bench. */
export async function benchEngine(
  llamaBenchPath: string,
  setup: Setup,
  rounds: number,
): Promise<TableRow> {
  const spec = specOf(setup);
  using backend = await createLlamaBackend(spec);
  const engine = new Engine(backend, {
    batchSize: spec.batchSize,
    promptTokens: spec.batchSize,
    enoughPrompts: Infinity,
    embedding: false,
    createCompiler: () => Promise.reject(new Error("no grammar is used")),
    pause: () => Promise.resolve(),
    now: () => performance.now(),
    wake: () => {},
  });
  const own: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push(tokensPerSecond(engine, round));
    theirs.push(await llamaBench(llamaBenchPath, setup));
  }
  const values = [median(own), median(theirs)];
  return { row: "engine alone, tokens/s at 1", values };
}
