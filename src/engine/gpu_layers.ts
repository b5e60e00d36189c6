/**
 * How much of a model goes on the GPUs.
 *
 * @module
 */

/** Left free for compute buffers and the desktop, bytes. */
const RESERVE_BYTES = 700 * 2 ** 20;

/**
 * Layers that fit into the free memory, the output layer counted as one, so
 * `layers + 1` is the whole model. Layers are taken as equally large, each
 * with its part of the cache.
 */
export function layersThatFit(
  bytes: number,
  layers: number,
  freeBytes: number,
): number {
  const whole = layers + 1;
  const room = freeBytes - RESERVE_BYTES;
  return Math.max(0, Math.min(whole, Math.floor(room / (bytes / whole))));
}

/**
 * Numbers of layers to try in turn: what a person asked for and no other;
 * else what should fit, and less, because an estimate is one.
 */
export function layersToTry(asked: number, fitting: number): number[] {
  if (asked >= 0) {
    return [asked];
  }
  return [...new Set([fitting, Math.floor(fitting / 2), 0])];
}

/** The part of a model that stays in the system's memory. */
export function cpuShare(gpuLayers: number, layers: number): number {
  const whole = layers + 1;
  return 1 - Math.min(gpuLayers, whole) / whole;
}
