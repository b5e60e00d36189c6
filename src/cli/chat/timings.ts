/**
 * Timings of an answer, as `--verbose` prints them.
 *
 * @module
 */

import { humanDuration } from "../human.ts";

/** What the server measured; durations are nanoseconds. */
export interface Timings {
  readonly total_duration?: number;
  readonly load_duration?: number;
  readonly prompt_eval_count?: number;
  readonly prompt_eval_duration?: number;
  readonly eval_count?: number;
  readonly eval_duration?: number;
}

function rate(count: number, nanoseconds: number): string {
  return `${(count / (nanoseconds / 1e9)).toFixed(2)} tokens/s`;
}

/** A line for everything that was measured. */
export function timingLines(timings: Timings): string {
  const {
    total_duration = 0,
    load_duration = 0,
    prompt_eval_count = 0,
    prompt_eval_duration = 0,
    eval_count = 0,
    eval_duration = 0,
  } = timings;
  const rows: [number, string, string][] = [
    [total_duration, "total duration:", humanDuration(total_duration)],
    [load_duration, "load duration:", humanDuration(load_duration)],
    [prompt_eval_count, "prompt eval count:", `${prompt_eval_count} token(s)`],
    [
      prompt_eval_duration,
      "prompt eval duration:",
      humanDuration(prompt_eval_duration),
    ],
    [
      prompt_eval_duration,
      "prompt eval rate:",
      rate(prompt_eval_count, prompt_eval_duration),
    ],
    [eval_count, "eval count:", `${eval_count} token(s)`],
    [eval_duration, "eval duration:", humanDuration(eval_duration)],
    [eval_duration, "eval rate:", rate(eval_count, eval_duration)],
  ];
  return rows.filter(([measured]) => measured > 0)
    .map(([_measured, label, text]) => `${label.padEnd(22)}${text}\n`)
    .join("");
}
