/**
 * `deno task bench`: Tally beside llama-server and Ollama, in turn, in one
 * run, and its engine beside llama-bench.
 *
 *     deno task build
 *     deno task bench [--tally dist/tally] [--llama-server PATH|URL]
 *       [--ollama PATH|URL] [--llama-bench PATH] [--model FILE] [--threads 2]
 *       [--slots 8] [--rounds 3] [--concurrency 1,4,8,16]
 *
 * Absolute numbers of a busy machine mean little; the ratios are what counts.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fetchModel, SMOLLM2 } from "../tools/fetch_models.ts";
import { benchEngine } from "./engine.ts";
import { llamaServer, ollamaLike, type Setup } from "./peer.ts";
import { runScenario } from "./scenario.ts";
import { printTable } from "./table.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    tally: { type: "string", default: "dist/tally" },
    "llama-server": { type: "string" },
    "llama-bench": { type: "string" },
    ollama: { type: "string" },
    model: { type: "string" },
    threads: { type: "string", default: "2" },
    slots: { type: "string", default: "8" },
    rounds: { type: "string", default: "3" },
    concurrency: { type: "string", default: "1,4,8,16" },
  },
});
const setup: Setup = {
  model: flags.model ?? await fetchModel(SMOLLM2),
  threads: Number(flags.threads),
  slots: Number(flags.slots),
  context: 2048,
};
const rounds = Number(flags.rounds);
const levels = flags.concurrency.split(",").map(Number);

const peers = [ollamaLike("tally", flags.tally, setup)];
if (flags["llama-server"]) {
  peers.push(llamaServer(flags["llama-server"], setup));
}
if (flags.ollama) {
  peers.push(ollamaLike("ollama", flags.ollama, setup));
}
const rows = await runScenario(peers, { rounds, levels });
printTable(peers.map(({ name }) => name), rows);
if (flags["llama-bench"]) {
  const row = await benchEngine(flags["llama-bench"], setup, rounds);
  console.log();
  printTable(["tally", "llama-bench"], [row]);
}
