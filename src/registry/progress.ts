/**
 * What transfers tell while they go on, in Ollama's form.
 *
 * @module
 */

import type { Layer } from "../models/manifest.ts";
import { settlesWithin } from "./delay.ts";

/** Time between two lines about a layer, ms. */
const TICK_MS = 100;

/** Ticks after which a line is repeated, so that nobody thinks us dead. */
const SILENT_TICKS = 50;

/** A line of progress; numbers are bytes. */
export interface TransferProgress {
  readonly status: string;
  readonly digest?: string;
  readonly total?: number;
  /** Left out when nothing is there yet. */
  readonly completed?: number;
}

/** `pulling 0123456789ab`, with how far it is. */
export function layerProgress(
  verb: "pulling" | "pushing",
  { digest, size }: Layer,
  completed: number,
): TransferProgress {
  return {
    status: `${verb} ${digest.slice("sha256:".length).slice(0, 12)}`,
    digest,
    total: size,
    ...(completed === 0 ? {} : { completed }),
  };
}

/** A part of a transfer that can be watched. */
export interface Watched {
  readonly finished: Promise<unknown>;
  completed(): number;
}

/** Tells of a layer until it is there; throws when it fails. */
export async function* watch(
  verb: "pulling" | "pushing",
  layer: Layer,
  { finished, completed }: Watched,
  signal: AbortSignal,
): AsyncGenerator<TransferProgress> {
  let told = -1;
  let silent = 0;
  while (!await settlesWithin(finished, TICK_MS)) {
    signal.throwIfAborted();
    if (completed() !== told || ++silent >= SILENT_TICKS) {
      told = completed();
      silent = 0;
      yield layerProgress(verb, layer, told);
    }
  }
  yield layerProgress(verb, layer, layer.size);
}
