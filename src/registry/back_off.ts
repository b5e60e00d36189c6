/**
 * When to try again, and when to give up.
 *
 * @module
 */

import { delay } from "./delay.ts";
import { RegistryError } from "./registry_error.ts";

/** How patient transfers are. */
export interface Patience {
  /** Failures in a row, without a byte between them, that end a transfer. */
  readonly attempts: number;
  /** Wait after the first failure, ms; doubles with every further one. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** Time without a byte after which a connection is given up, ms. */
  readonly stallMs: number;
}

/** Attempts and stall time are Ollama's. */
export const PATIENCE: Patience = {
  attempts: 6,
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  stallMs: 30_000,
};

/** Waits between the attempts of one piece of work. */
export class BackOff {
  readonly #patience: Patience;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(patience: Patience, signal: AbortSignal) {
    this.#patience = patience;
    this.#signal = signal;
  }

  /** Says that the work has come further, so that patience begins anew. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits, or throws when trying again is of no use. */
  async after(error: unknown): Promise<void> {
    this.#signal.throwIfAborted();
    if (!(error instanceof RegistryError) || error.failure === "final") {
      throw error;
    }
    const { attempts, firstDelayMs, longestDelayMs } = this.#patience;
    if (++this.#failures >= attempts) {
      throw new RegistryError(
        "final",
        `max retries exceeded: ${error.message}`,
        { cause: error },
      );
    }
    const full = Math.min(
      firstDelayMs * 2 ** (this.#failures - 1),
      longestDelayMs,
    );
    // Jitter keeps the parts from coming back all at once.
    await delay(full * (0.5 + Math.random()), this.#signal);
  }
}
