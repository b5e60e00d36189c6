/**
 * What an answer took, in words.
 *
 * @module
 */

import { formatAge, formatCount, formatMany, formatRate } from "./format.js";

/**
 * @typedef {object} Bill
 * @property {number} prompt Tokens.
 * @property {number} generated Tokens.
 * @property {number} decodeNs Nanoseconds of generating; 0 is unknown.
 * @property {number} durationNs Nanoseconds from beginning to end.
 */

/**
 * The last object of an answer of `/api/chat` as a bill.
 * @param {any} done
 * @returns {Bill}
 */
export function billOfAnswer(done) {
  return {
    prompt: done.prompt_eval_count ?? 0,
    generated: done.eval_count ?? 0,
    decodeNs: done.eval_duration ?? 0,
    durationNs: done.total_duration ?? 0,
  };
}

/**
 * An entry of the ledger as a bill.
 * @param {any} entry
 * @returns {Bill}
 */
export function billOfEntry(entry) {
  return {
    prompt: entry.prompt_tokens,
    generated: entry.completion_tokens,
    decodeNs: entry.eval_duration ?? 0,
    durationNs: entry.duration,
  };
}

/**
 * "31 prompt + 120 generated tokens · 58.2 tokens/s · 2 s".
 * @param {Bill} bill
 */
export function describeBill({ prompt, generated, decodeNs, durationNs }) {
  const tokens = `${formatCount(prompt)} prompt + ${
    formatMany(generated, "generated token")
  }`;
  const speed = decodeNs > 0 && generated > 0
    ? [`${formatRate(generated * 1e9 / decodeNs)} tokens/s`]
    : [];
  const seconds = durationNs / 1e9;
  const time = seconds < 10
    ? `${seconds.toFixed(1)}\u00a0s`
    : formatAge(seconds);
  return [tokens, ...speed, time].join(" · ");
}
