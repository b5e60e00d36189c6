/**
 * The engine alone, without HTTP, beside `llama-bench`.
 *
 * @module
 */

import type { EngineSpec } from "../src/messages.ts";
import { createLlamaBackend } from "../src/engine/llama_backend.ts";
import { Engine } from "../src/engine/engine.ts";
import { median } from "./load.ts";
import type { Setup } from "./peer.ts";
import { printTable } from "./table.ts";

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

function specOf({ model, threads, slots, context }: Setup): EngineSpec {
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
    mainGpu: 0,
    flashAttention: "auto",
    kvCacheType: "f16",
    flavour: "cpu",
    embedding: false,
  };
}

/** Tokens in a second of `streams` answers generated side by side. */
function generate(engine: Engine, streams: number, round: number): number {
  for (let id = 1; id <= streams; id++) {
    engine.submit({
      type: "generate",
      id: round * 100 + id,
      prompt: [`Round ${round}, story ${id}. Once upon a time`],
      sampling: {
        temperature: 0,
        topK: 40,
        topP: 0.9,
        minP: 0,
        typicalP: 1,
        repeatLastN: 64,
        repeatPenalty: 1,
        presencePenalty: 0,
        frequencyPenalty: 0,
      },
      limits: {
        maxTokens: TOKENS,
        stop: [],
        keepTokens: 4,
        truncate: true,
        shift: true,
      },
      wantContext: false,
    });
  }
  let generated = -1;
  let tokens = 0;
  let started = performance.now();
  for (let event = engine.step(); event; event = engine.step()) {
    if (generated < 0 && event.totals.generated > 0) {
      // Prompts are evaluated by now; llama-bench measures none either.
      started = performance.now();
      generated = event.totals.generated;
    }
    tokens = event.totals.generated;
  }
  return (tokens - generated) / ((performance.now() - started) / 1000);
}

/** Prints one stream's tokens/s of both, and the ratio. */
export async function benchEngine(
  llamaBenchPath: string,
  setup: Setup,
  rounds: number,
): Promise<void> {
  const spec = specOf(setup);
  using backend = await createLlamaBackend(spec);
  const engine = new Engine(backend, {
    batchSize: spec.batchSize,
    promptTokens: spec.batchSize,
    embedding: false,
    createCompiler: () => Promise.reject(new Error("no grammar is used")),
    now: () => performance.now(),
    wake: () => {},
  });
  const own: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push(generate(engine, 1, round));
    theirs.push(await llamaBench(llamaBenchPath, setup));
  }
  const values = [median(own), median(theirs)];
  const row = "engine alone, tokens/s at 1";
  printTable(["tally", "llama-bench"], [{ row, values }]);
}
