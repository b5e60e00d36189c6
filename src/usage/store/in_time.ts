/**
 * Waiting for something, but not for long.
 *
 * @module
 */

/** What the promise gives, or what `late` gives or throws after a time, ms. */
export async function inTime<T>(
  promise: PromiseLike<T>,
  milliseconds: number,
  late: () => T,
): Promise<T> {
  const waiting = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    try {
      waiting.resolve(late());
    } catch (error) {
      waiting.reject(error);
    }
  }, milliseconds);
  try {
    return await Promise.race([promise, waiting.promise]);
  } finally {
    clearTimeout(timer);
  }
}
