/**
 * Errors of the native border.
 *
 * @module
 */

/** The native library refused or cannot be used. */
export class LlamaError extends Error {
  override readonly name = "LlamaError";
}

/** A native object was used after its end. */
export class DisposedError extends LlamaError {
  constructor(what: string) {
    super(`Cannot use ${what}: it has been disposed of`);
  }
}
