/**
 * The self-check: three sums that must be equal. Engines count what they
 * evaluate, the map what requests were booked with, and the archive what has
 * been written.
 *
 * @module
 */

import { NO_TOKENS, type TokenCounts } from "../generation.ts";
import type { Ledger } from "./ledger.ts";
import { addCounts } from "./open_entry.ts";
import type { UsageArchive } from "./store/archive.ts";
import { OUTCOMES } from "./usage_map.ts";

/** The sums, requests in flight included, since the server started. */
export interface UsageCheck {
  /** Of the ledger's rows. */
  readonly entries: TokenCounts;
  /** Of the engines' own counters, those that are gone included. */
  readonly engines: TokenCounts;
  /** Of the requests the archive holds. */
  readonly recorded: TokenCounts;
  /** Tokens by which the furthest two differ, over all kinds. */
  readonly difference: number;
}

/** The first two sums, and tokens by which they differ. */
export function checkLedger(ledger: Ledger) {
  const { rows, inFlight } = ledger.snapshot();
  const flying = [...inFlight.values()].map(({ counts }) => counts)
    .reduce(addCounts, NO_TOKENS);
  const entries = rows
    .flatMap((row) => OUTCOMES.map((outcome) => row[outcome]))
    .reduce(addCounts, flying);
  const engines = ledger.engineCounts();
  const difference = spread([entries, engines]);
  return { entries, engines, flying, difference };
}

/** Compares all three as they were when it was called. */
export async function checkUsage(
  ledger: Ledger,
  archive: UsageArchive,
): Promise<UsageCheck> {
  const { entries, engines, flying } = checkLedger(ledger);
  const { cached, computed, generated } = await archive.runTotals();
  const recorded = addCounts({ cached, computed, generated }, flying);
  const difference = spread([entries, engines, recorded]);
  return { entries, engines, recorded, difference };
}

function spread(sums: readonly TokenCounts[]): number {
  const kinds = ["cached", "computed", "generated"] as const;
  return kinds.reduce((total, kind) => {
    const values = sums.map((sum) => sum[kind]);
    return total + Math.max(...values) - Math.min(...values);
  }, 0);
}
