/**
 * From amounts to places on a chart.
 *
 * @module
 */

/** What axes count in, times powers of ten. */
const STEPS = [1, 2, 5, 10];

/**
 * Round amounts from 0 up to the first that is not below `largest`, in so many
 * steps or fewer.
 * @param {number} largest
 * @param {number} steps
 */
export function ticksUpTo(largest, steps) {
  const least = Math.max(largest, 1) / steps;
  const power = 10 ** Math.floor(Math.log10(least));
  const round = STEPS.find((step) => step * power >= least) ?? 10;
  // Tokens and requests come whole.
  const step = Math.max(1, round * power);
  const count = Math.max(1, Math.ceil(largest / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/**
 * A function that places amounts from 0 to `largest` between `from` and `to`.
 * @param {number} largest
 * @param {number} from
 * @param {number} to
 * @returns {(amount: number) => number}
 */
export function linear(largest, from, to) {
  return (amount) => from + (to - from) * amount / (largest || 1);
}

/**
 * Which of `count` bars get a label when there is room for `most`: evenly
 * spaced, the last one always.
 * @param {number} count
 * @param {number} most
 */
export function labelled(count, most) {
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => (count - 1 - index) % step === 0);
}
