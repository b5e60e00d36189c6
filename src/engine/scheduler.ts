/**
 * Which tokens are evaluated in the next step. Pure: no clock, no I/O.
 * (Which models are loaded is the model pool's business.)
 *
 * @module
 */

/** A request in the batch, as far as scheduling needs to know. */
export interface Schedulable {
  /** Tokens not yet evaluated: 1 while generating, else rest of a prompt. */
  readonly pending: number;
  /** The prompt has been evaluated; each step yields a token. */
  readonly generating: boolean;
}

/** Tokens of one request to evaluate in a step. */
export interface Chunk<T> {
  readonly sequence: T;
  readonly count: number;
}

/** Limits of a step, in tokens. */
export interface StepBudget {
  /** All tokens of a step. */
  readonly batchSize: number;
  /** Prompt tokens while others generate, so that these do not stall. */
  readonly promptTokens: number;
}

/**
 * Plans a step: a token for everyone who generates, then chunks of prompts,
 * first come, first served, within the budget.
 */
export function schedule<T extends Schedulable>(
  running: readonly T[],
  budget: StepBudget,
): Chunk<T>[] {
  const plan: Chunk<T>[] = [];
  for (const sequence of running) {
    if (sequence.generating && plan.length < budget.batchSize) {
      plan.push({ sequence, count: 1 });
    }
  }
  const free = budget.batchSize - plan.length;
  let left = plan.length > 0 ? Math.min(free, budget.promptTokens) : free;
  for (const sequence of running) {
    if (left === 0) {
      break;
    }
    if (!sequence.generating) {
      const count = Math.min(left, sequence.pending);
      plan.push({ sequence, count });
      left -= count;
    }
  }
  return plan;
}
