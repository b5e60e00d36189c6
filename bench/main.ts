/**
 * `deno task bench`: Tally beside llama-server and Ollama, in turn, in one
 * run, and its engine beside llama-bench.
 *
 *     deno task build
 *     deno task bench --llama-server PATH [--ollama PATH] [--llama-bench PATH]
 *       [--tally dist/tally] [--model FILE] [--threads 2] [--slots 8]
 *       [--rounds 3] [--concurrency 1,4,8,16]
 *
 * Absolute numbers of a busy machine mean little; the ratios are what counts.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fetchModel, SMOLLM2 } from "../tools/fetch_models.ts";
import { benchEngine } from "./engine.ts";
import { median, OLLAMA, OPENAI, runLoad } from "./load.ts";
import { llamaServer, ollamaLike, type Peer, type Setup } from "./peer.ts";
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
const levels = flags.concurrency.split(",").map(Number);

const peers: Peer[] = [ollamaLike("tally", await Deno.realPath(flags.tally))];
if (flags["llama-server"]) {
  peers.push(llamaServer(flags["llama-server"]));
}
if (flags.ollama) {
  peers.push(ollamaLike("ollama", flags.ollama));
}

/** Resident memory of a process and its children, MiB (Linux). */
function residentMiB(pid: number): number {
  try {
    const pages = (each: number) =>
      Number(Deno.readTextFileSync(`/proc/${each}/statm`).split(" ")[1]);
    const children = [...Deno.readDirSync(`/proc/${pid}/task`)]
      .flatMap(({ name }) =>
        Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`)
          .split(" ").filter(Boolean).map(Number)
      );
    return [pid, ...children].reduce((sum, each) => sum + pages(each), 0) *
      4096 / 2 ** 20;
  } catch {
    return NaN;
  }
}

/** Results by row and peer, one value a round. */
const results = new Map<string, Map<string, number[]>>();

function note(row: string, peer: Peer, value: number): void {
  const byPeer = results.get(row) ?? new Map<string, number[]>();
  byPeer.set(peer.name, [...byPeer.get(peer.name) ?? [], value]);
  results.set(row, byPeer);
}

async function measure(peer: Peer, round: number): Promise<void> {
  const running = await peer.start(setup);
  const dialect = peer.name === "llama-server" ? OPENAI : OLLAMA;
  try {
    note("start to first token, ms", peer, running.startMs);
    for (const level of levels) {
      const requests = Math.max(8, level * 3);
      const first = round * 1000 + level * 50;
      const result = await runLoad(
        running.baseUrl,
        dialect,
        level,
        requests,
        first,
      );
      note(`tokens/s at ${level}`, peer, result.tokensPerSecond);
      note(`first token at ${level}, ms`, peer, result.firstTokenMs);
    }
    note("resident memory, MiB", peer, residentMiB(running.pid));
  } finally {
    await running.stop();
  }
}

for (let round = 0; round < Number(flags.rounds); round++) {
  const order = round % 2 === 0 ? peers : [...peers].reverse();
  for (const peer of order) {
    console.error(`round ${round + 1}: ${peer.name}`);
    await measure(peer, round);
  }
}
const names = peers.map((peer) => peer.name);
const rows = [...results].map(([row, byPeer]) => ({
  row,
  values: names.map((name) => median(byPeer.get(name) ?? [])),
}));
printTable(names, rows);
if (flags["llama-bench"]) {
  await benchEngine(flags["llama-bench"], setup, Number(flags.rounds));
}
