/**
 * A worker that books requests in a shared usage map, one after the other.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { UsageMap } from "../../src/usage/usage_map.ts";
import type { Outcome, TokenCounts } from "../../src/generation.ts";

/** What a writer is told to do. */
export interface WriterTask {
  readonly buffer: SharedArrayBuffer;
  readonly models: readonly string[];
  readonly outcomes: readonly Outcome[];
  /** Tokens of every request. */
  readonly counts: TokenCounts;
  /** Requests it books. */
  readonly requests: number;
}

self.onmessage = ({ data }: MessageEvent<WriterTask>) => {
  const map = UsageMap.attach(data.buffer);
  for (let request = 0; request < data.requests; request++) {
    const model = data.models[request % data.models.length] ?? "";
    const outcome = data.outcomes[request % data.outcomes.length];
    map.add(model, outcome ?? "completed", data.counts);
  }
  self.postMessage("done");
};

self.postMessage("ready");
