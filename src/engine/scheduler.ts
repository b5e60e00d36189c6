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
  /**
   * Prompt tokens after which no further prompt joins, since more of them do
   * not go faster: one prompt after the other ends sooner on average.
   */
  readonly enoughPrompts: number;
}

/**
 * Plans a step: a token for everyone who generates, then chunks of prompts
 * within the budget. They go first come, first served, and in every other
 * step shortest first, so that neither short nor long ones wait for all.
 */
export function schedule<T extends Schedulable>(
  running: readonly T[],
  budget: StepBudget,
  shortestFirst = false,
): Chunk<T>[] {
  const plan: Chunk<T>[] = running.filter(({ generating }) => generating)
    .slice(0, budget.batchSize)
    .map((sequence) => ({ sequence, count: 1 }));
  const free = budget.batchSize - plan.length;
  const most = plan.length > 0 ? Math.min(free, budget.promptTokens) : free;
  const prompts = running.filter(({ generating }) => !generating);
  if (shortestFirst) {
    prompts.sort((a, b) => a.pending - b.pending);
  }
  let used = 0;
  for (const sequence of prompts) {
    if (used >= Math.min(most, budget.enoughPrompts)) {
      break;
    }
    const count = Math.min(most - used, sequence.pending);
    plan.push({ sequence, count });
    used += count;
  }
  return plan;
}
