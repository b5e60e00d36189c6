/**
 * What the routes need of the rest of the server.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Registry } from "../models/registry.ts";
import type { Rewrite } from "../models/rewrite.ts";
import type { ModelStore } from "../models/store.ts";
import type { Transfers } from "../registry/transfers.ts";
import type { Inference } from "../runtime/inference.ts";
import type { Keyring } from "../usage/keys/keyring.ts";
import type { Ledger } from "../usage/ledger.ts";
import type { Metrics } from "../usage/metrics.ts";
import type { UsageArchive } from "../usage/store/archive.ts";

/** Runs models. */
export type InferenceService = Pick<
  Inference,
  | "generate"
  | "render"
  | "count"
  | "tokenize"
  | "detokenize"
  | "embed"
  | "load"
  | "unload"
  | "loaded"
>;

/** Knows the models of the store by name. */
export type ModelRegistry = Pick<
  Registry,
  "resolve" | "list" | "copy" | "delete"
>;

/** Moves models between here and registries. */
export type TransferService = Pick<Transfers, "pull" | "push">;

/** What {@linkcode createApp} is made of. */
export interface AppDeps {
  readonly config: Config;
  readonly log: Log;
  readonly registry: ModelRegistry;
  readonly store: ModelStore;
  readonly transfers: TransferService;
  readonly inference: InferenceService;
  readonly ledger: Ledger;
  /** Requests that have ended. */
  readonly archive: UsageArchive;
  readonly metrics: Metrics;
  /** Keys that requests need; without it they need none. */
  readonly keyring?: Keyring;
  /** Throws for a text that is no Go template; without it all are taken. */
  readonly checkTemplate?: (text: string) => void;
  /** Quantizes and merges GGUF files. */
  readonly rewrite?: Rewrite;
  /** Where inference requests are kept; without it they are not. */
  readonly requestLogFolder?: string;
  /** Tally's own version. */
  readonly version: string;
}
