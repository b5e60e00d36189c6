/**
 * Log probabilities on their way out, each with the text of its token.
 *
 * @module
 */

import type { Candidate, TokenLogprob } from "../generation.ts";
import type { Distribution, LikelyToken } from "./logprobs.ts";

/** A token whose text may still be withheld. */
interface Pending {
  readonly logprob: TokenLogprob;
  /** Where its text begins in the answer, UTF-16 units. */
  readonly start: number;
}

/** Holds log probabilities back as long as the text of their tokens. */
export class LogprobStream {
  readonly #bytesOf: (token: number) => Uint8Array;
  #pending: Pending[] = [];

  constructor(bytesOf: (token: number) => Uint8Array) {
    this.#bytesOf = bytesOf;
  }

  /** Takes a chosen token, whose text begins at `start`. */
  push(token: number, start: number, distribution: Distribution): void {
    const logprob = distribution.logprob(token);
    const top = distribution.top.map((each) => this.#candidate(each));
    const chosen = this.#candidate({ token, logprob });
    this.#pending.push({ logprob: { ...chosen, top }, start });
  }

  /** Those of the text up to `end`, which is certain now. */
  release(end: number): TokenLogprob[] {
    const count = this.#pending.findIndex(({ start }) => start >= end);
    return this.#pending
      .splice(0, count < 0 ? this.#pending.length : count)
      .map((each) => each.logprob);
  }

  #candidate({ token, logprob }: LikelyToken): Candidate {
    const bytes = this.#bytesOf(token);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return { id: token, token: text, bytes: [...bytes], logprob };
  }
}
