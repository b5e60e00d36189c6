/**
 * Requests that have ended.
 *
 * @module
 */

import { ANONYMOUS } from "../../src/generation.ts";
import type { Entry } from "../../src/usage/entry.ts";
import { OUTCOMES } from "../../src/usage/usage_map.ts";
import type { Random } from "./random.ts";

let count = 0;

/** A completed request of 10 + 20 + 30 tokens. */
export function entryWith(changes: Partial<Entry> = {}): Entry {
  return {
    id: (++count).toString(16).padStart(32, "0"),
    model: "m",
    endpoint: "/api/chat",
    key: ANONYMOUS,
    endUser: "",
    outcome: "completed",
    startedAt: 1000,
    endedAt: 2000,
    cached: 10,
    computed: 20,
    generated: 30,
    reasoning: 5,
    durationNs: 1e9,
    queueNs: 1,
    loadNs: 2,
    promptNs: 3,
    decodeNs: 4,
    firstTokenNs: 5e8,
    ...changes,
  };
}

/** Any request that ended between two moments. */
export function anyEntry(random: Random, from: number, to: number): Entry {
  const endedAt = random.between(from, to);
  return entryWith({
    model: `m${random.between(0, 3)}`,
    endpoint: random.pick(["/api/chat", "/v1/messages"]),
    key: random.pick([ANONYMOUS, "team"]),
    endUser: random.pick(["", "ann"]),
    outcome: random.pick(OUTCOMES),
    startedAt: endedAt - 500,
    endedAt,
    cached: random.between(0, 9),
    computed: random.between(0, 99),
    generated: random.between(0, 999),
    firstTokenNs: random.chance(0.5) ? 7 : 0,
  });
}
