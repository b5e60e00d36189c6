/**
 * How much of a model fits on the GPUs.
 *
 * @module
 */

/** Left free for compute buffers and the desktop, bytes. */
const RESERVE_BYTES = 700 * 2 ** 20;

/** Cache and buffers beside the weights, as a share of them. */
const BESIDE_WEIGHTS = 0.15;

/**
 * Layers that fit into the free memory, the output layer counted as one, so
 * `layers + 1` is the whole model. Layers are taken as equally large.
 */
export function layersThatFit(
  modelBytes: number,
  layers: number,
  freeBytes: number,
): number {
  const whole = layers + 1;
  const bytesEach = modelBytes * (1 + BESIDE_WEIGHTS) / whole;
  const room = freeBytes - RESERVE_BYTES;
  return Math.max(0, Math.min(whole, Math.floor(room / bytesEach)));
}
