/**
 * Signals that follow others.
 *
 * @module
 */

/**
 * A signal that is aborted when one of the others is, as `AbortSignal.any()`
 * makes one. Deno's forgets the signal that it has made, and whoever listens
 * to it, when the garbage collector runs (seen in 2.4.2 and 2.9.6).
 */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  for (const each of signals) {
    if (each.aborted) {
      controller.abort(each.reason);
      break;
    }
    const follow = () => controller.abort(each.reason);
    each.addEventListener("abort", follow, { once: true, signal });
  }
  return signal;
}
