/**
 * Shows that something is under way and cannot tell how far it is.
 *
 * @module
 */

import { tell } from "../output.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Milliseconds that a frame stays. */
const FRAME_MS = 100;

/** Back to the beginning of the line, and clears it (ECMA-48). */
const CLEAR_LINE = "\r\x1b[K";

/** Turns on standard error, when that is a terminal, until it is stopped. */
export class Spinner implements Disposable {
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    if (Deno.stderr.isTerminal()) {
      let count = 0;
      this.#timer = setInterval(() => {
        tell(`\r${FRAMES[count++ % FRAMES.length]} `);
      }, FRAME_MS);
    }
  }

  /** Stops and leaves nothing. */
  stop(): void {
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      tell(CLEAR_LINE);
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
