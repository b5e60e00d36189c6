/**
 * How likely tokens were: log-softmax over the model's own logits, before any
 * sampler has seen them.
 *
 * @module
 */

/** A token and the natural logarithm of its probability. */
export interface LikelyToken {
  readonly token: number;
  readonly logprob: number;
}

/** Logarithm of the sum of all exponentials. */
function logSumExp(logits: Float32Array): number {
  let largest = -Infinity;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] as number;
    if (logit > largest) {
      largest = logit;
    }
  }
  let sum = 0;
  for (let token = 0; token < logits.length; token++) {
    sum += Math.exp((logits[token] as number) - largest);
  }
  return largest + Math.log(sum);
}

/** The largest `count` logits, in one pass: few of all ever get in. */
function largest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  const logitOf = (token: number) => logits[token] as number;
  let least = -Infinity;
  for (let token = 0; token < logits.length; token++) {
    const logit = logitOf(token);
    if (best.length === count && logit <= least) {
      continue;
    }
    let at = best.length;
    while (at > 0 && logitOf(best[at - 1] as number) < logit) {
      at--;
    }
    best.splice(at, 0, token);
    best.length = Math.min(best.length, count);
    least = logitOf(best.at(-1) as number);
  }
  return best;
}

/** What the model thought of the next token. */
export class Distribution {
  /** Likeliest first. */
  readonly top: readonly LikelyToken[];
  readonly #logits: Float32Array;
  readonly #logSum: number;

  /** Reads `logits` now, and again when {@linkcode logprob} is asked. */
  constructor(logits: Float32Array, count: number) {
    this.#logits = logits;
    this.#logSum = logSumExp(logits);
    const best = count === 0 ? [] : largest(logits, count);
    this.top = best.map((token) => this.#likely(token));
  }

  /** Of a token that no mask has touched since. */
  logprob(token: number): number {
    return this.#likely(token).logprob;
  }

  #likely(token: number): LikelyToken {
    return { token, logprob: (this.#logits[token] ?? NaN) - this.#logSum };
  }
}
