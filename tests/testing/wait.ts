/**
 * Waiting for what has to come, however slow the machine.
 *
 * @module
 */

/** Longest wait, milliseconds. */
const PATIENCE_MS = 60_000;

/** Tries until it does not throw; throws its last error when it never does. */
export async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until something is so. */
export function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  return eventually(async () => {
    if (!await isSo()) {
      throw new Error(`still not so: ${isSo}`);
    }
  });
}
