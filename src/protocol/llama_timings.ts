/**
 * Where the time went, as llama-server tells it.
 *
 * @module
 */

import type { GenerationDone } from "../generation.ts";

function rates(name: "prompt" | "predicted", tokens: number, ns: number) {
  const ms = ns / 1e6;
  return {
    [`${name}_n`]: tokens,
    [`${name}_ms`]: ms,
    [`${name}_per_token_ms`]: tokens > 0 ? ms / tokens : 0,
    [`${name}_per_second`]: ms > 0 ? 1000 * tokens / ms : 0,
  };
}

/** `timings` of a generation: tokens, milliseconds and tokens a second. */
export function toTimings({ counts, timings }: GenerationDone) {
  return {
    cache_n: counts.cached,
    ...rates("prompt", counts.computed, timings.promptNs),
    ...rates("predicted", counts.generated, timings.decodeNs),
  };
}

/** `timings` of an answer that is one generation; several have none. */
export function timingsField(ends: readonly GenerationDone[]) {
  const [end, ...others] = ends;
  return end === undefined || others.length > 0
    ? {}
    : { timings: toTimings(end) };
}
