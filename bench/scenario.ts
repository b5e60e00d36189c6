/**
 * What is done to every server, in rounds that take turns.
 *
 * @module
 */

import { runLoad } from "./load.ts";
import type { Peer, RunningPeer } from "./peer.ts";
import { median, type TableRow } from "./table.ts";

/** How much is measured. */
export interface Scenario {
  readonly rounds: number;
  /** Requests at once. */
  readonly levels: readonly number[];
}

/** Fewest requests of a load, so that one slow one does not decide it. */
const LEAST_REQUESTS = 8;

/** Loads of a level, in requests for each that runs at once. */
const REQUESTS_A_STREAM = 3;

/** Values of every row and peer, one a round. */
class Results {
  readonly #rows = new Map<string, Map<string, number[]>>();

  note(row: string, peer: string, value: number): void {
    console.error(`${peer}: ${row}: ${value.toFixed(1)}`);
    const byPeer = this.#rows.get(row) ?? new Map<string, number[]>();
    this.#rows.set(row, byPeer);
    byPeer.set(peer, [...byPeer.get(peer) ?? [], value]);
  }

  /** Medians over the rounds. */
  rows(peers: readonly string[]): TableRow[] {
    return [...this.#rows].map(([row, byPeer]) => ({
      row,
      values: peers.map((peer) => median(byPeer.get(peer) ?? [])),
    }));
  }
}

/** A server under measurement. */
interface Entrant {
  readonly peer: Peer;
  readonly running: RunningPeer;
}

async function measure(
  { peer, running }: Entrant,
  round: number,
  level: number,
  results: Results,
): Promise<void> {
  const result = await runLoad(running.baseUrl, peer.dialect, {
    concurrency: level,
    requests: Math.max(LEAST_REQUESTS, level * REQUESTS_A_STREAM),
    firstNumber: round * 1000 + level * 50,
  });
  const note = (row: string, value: number) =>
    results.note(row, peer.name, value);
  note(`tokens/s at ${level}`, result.tokensPerSecond);
  note(`first token at ${level}, ms`, result.firstTokenMs);
  note(`tokens an answer at ${level}`, result.answerTokens);
}

/**
 * Measures all peers. They run side by side and are asked in turn, load by
 * load: what disturbs the machine for a while disturbs them alike.
 */
export async function runScenario(
  peers: readonly Peer[],
  { rounds, levels }: Scenario,
): Promise<TableRow[]> {
  const results = new Results();
  await using stack = new AsyncDisposableStack();
  const entrants: Entrant[] = [];
  for (const peer of peers) {
    const running = stack.use(await peer.start());
    results.note("start to first token, ms", peer.name, running.startMs);
    entrants.push({ peer, running });
  }
  for (let round = 0; round < rounds; round++) {
    for (const level of levels) {
      const order = round % 2 === 0 ? entrants : entrants.toReversed();
      for (const entrant of order) {
        await measure(entrant, round, level, results);
      }
    }
    console.error(`round ${round + 1} of ${rounds} done`);
  }
  for (const { peer, running } of entrants) {
    results.note("resident memory, MiB", peer.name, running.residentMiB);
  }
  return results.rows(peers.map(({ name }) => name));
}
