/**
 * Several generations read as one.
 *
 * @module
 */

/** A value and which source it is from. */
interface Indexed<T> {
  readonly index: number;
  readonly value: T;
}

/**
 * Values of all sources as they come. A source that throws, and whoever
 * returns early, ends them all.
 */
export async function* mergeSources<T>(
  sources: readonly AsyncGenerator<T, void>[],
): AsyncGenerator<Indexed<T>, void> {
  const take = async (index: number) => ({
    index,
    result: await sources[index]?.next(),
  });
  const waiting = new Map(sources.map((_, index) => [index, take(index)]));
  try {
    while (waiting.size > 0) {
      const { index, result } = await Promise.race(waiting.values());
      if (result === undefined || result.done) {
        waiting.delete(index);
      } else {
        const next = take(index);
        next.catch(() => {}); // Told when it is its turn, if ever.
        waiting.set(index, next);
        yield { index, value: result.value };
      }
    }
  } finally {
    await Promise.all(sources.map((source) => source.return()));
  }
}
