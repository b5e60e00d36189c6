/**
 * What goes wrong between this program and a registry.
 *
 * @module
 */

import { type ErrorKind, ServerError } from "../errors.ts";

/**
 * Whether trying again can help: `broken` is an answer that was cut off or
 * made no sense, `unreachable` is no answer at all, `final` will not change.
 */
export type Failure = "broken" | "unreachable" | "final";

/** An error of a transfer, in words for the client. */
export class RegistryError extends ServerError {
  readonly failure: Failure;

  constructor(
    failure: Failure,
    message: string,
    options: ErrorOptions & { readonly kind?: ErrorKind } = {},
  ) {
    super(options.kind ?? "internal", message, options);
    this.failure = failure;
  }
}

/** The innermost reason of a failed `fetch`, without its wrapping. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message
    .replace(/^.*?client error \([^)]*\): /, "")
    .replace(/ \(os error \d+\)/g, "")
    .replace(/^tcp connect error: /, "")
    .replace("Connection refused", "connection refused");
}

/** A request that got no whole answer, as Go words it. */
export function requestFailed(
  method: string,
  url: URL,
  cause: unknown,
): RegistryError {
  const verb = method[0] + method.slice(1).toLowerCase();
  // Only this text of Deno's tells an unreachable host from a lost answer.
  const unreachable = /client error \(Connect\)/.test(String(cause));
  return new RegistryError(
    unreachable ? "unreachable" : "broken",
    `${verb} "${url.origin}${url.pathname}": ${reasonOf(cause)}`,
    { cause },
  );
}
