/**
 * `@std/assert` over Node's assert, for machines that cannot reach JSR.
 *
 * @module
 */

import nodeAssert from "node:assert/strict";

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message?: string): asserts value {
  nodeAssert.ok(value, message);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string) {
  nodeAssert.deepStrictEqual(actual, expected, message);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string) {
  nodeAssert.notDeepStrictEqual(actual, expected, message);
}

/** Fails unless every field of `expected` is in `actual`, deeply equal. */
export function assertObjectMatch(actual: object, expected: object) {
  const fields = Object.keys(expected).map((name) =>
    [name, (actual as Record<string, unknown>)[name]] as const
  );
  nodeAssert.deepStrictEqual(Object.fromEntries(fields), expected);
}

/** Fails unless the text contains the part. */
export function assertStringIncludes(actual: string, part: string) {
  nodeAssert.ok(
    actual.includes(part),
    `Expected ${JSON.stringify(actual)} to include ${JSON.stringify(part)}`,
  );
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, pattern: RegExp) {
  nodeAssert.match(actual, pattern);
}

/** Fails unless `value` exists. */
export function assertExists<T>(
  value: T,
  message?: string,
): asserts value is NonNullable<T> {
  nodeAssert.ok(value !== null && value !== undefined, message);
}

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

function checkError<E extends Error>(
  error: unknown,
  errorClass: ErrorClass<E>,
  part: string,
): E {
  if (!(error instanceof errorClass)) {
    throw new nodeAssert.AssertionError({
      message: `Expected ${errorClass.name}, got ${error}`,
    });
  }
  assertStringIncludes(error.message, part);
  return error;
}

/** Fails unless `run` throws such an error; returns it. */
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  errorClass: ErrorClass<E> = Error as unknown as ErrorClass<E>,
  part = "",
): E {
  try {
    run();
  } catch (error) {
    return checkError(error, errorClass, part);
  }
  throw new nodeAssert.AssertionError({ message: "Expected a throw" });
}

/** Fails unless the promise rejects with such an error; returns it. */
export async function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E> = Error as unknown as ErrorClass<E>,
  part = "",
): Promise<E> {
  try {
    await run();
  } catch (error) {
    return checkError(error, errorClass, part);
  }
  throw new nodeAssert.AssertionError({ message: "Expected a rejection" });
}
