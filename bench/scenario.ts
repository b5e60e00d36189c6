/**
 * What is done to every server, in rounds that take turns.
 *
 * @module
 */

import { runLoad } from "./load.ts";
import type { Peer } from "./peer.ts";
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

async function measure(
  peer: Peer,
  round: number,
  levels: readonly number[],
  results: Results,
): Promise<void> {
  await using running = await peer.start();
  const note = (row: string, value: number) => {
    results.note(row, peer.name, value);
    console.error(`  ${row}: ${value.toFixed(1)}`);
  };
  note("start to first token, ms", running.startMs);
  for (const level of levels) {
    const result = await runLoad(running.baseUrl, peer.dialect, {
      concurrency: level,
      requests: Math.max(LEAST_REQUESTS, level * REQUESTS_A_STREAM),
      firstNumber: round * 1000 + level * 50,
    });
    note(`tokens/s at ${level}`, result.tokensPerSecond);
    note(`first token at ${level}, ms`, result.firstTokenMs);
    note(`tokens an answer at ${level}`, result.answerTokens);
  }
  note("resident memory, MiB", running.residentMiB);
}

/** Measures all peers; the order turns round every round. */
export async function runScenario(
  peers: readonly Peer[],
  { rounds, levels }: Scenario,
): Promise<TableRow[]> {
  const results = new Results();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? peers : peers.toReversed();
    for (const peer of order) {
      console.error(`round ${round + 1}: ${peer.name}`);
      await measure(peer, round, levels, results);
    }
  }
  return results.rows(peers.map(({ name }) => name));
}
