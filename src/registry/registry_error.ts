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
    super(options.kind ?? "registry_failed", message, options);
    this.failure = failure;
  }
}

/** The message of the innermost cause; Deno wraps it or not by its version. */
function innermostMessage(error: unknown): string {
  while (error instanceof Error && error.cause instanceof Error) {
    error = error.cause;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Why a `fetch` failed, without its wrapping. */
function reasonOf(message: string): string {
  const parts = message
    .replace(/^.*?client error \([^)]*\): /, "")
    .replace(/ \(os error \d+\)/g, "")
    .replace(/^tcp connect error: /, "")
    .replaceAll("Connection refused", "connection refused")
    .split(": ");
  // Deno may say the last part twice.
  return parts.filter((each, index) => each !== parts[index - 1]).join(": ");
}

/** A request that got no whole answer, as Go words it. */
export function requestFailed(
  method: string,
  url: URL,
  cause: unknown,
): RegistryError {
  const verb = method[0] + method.slice(1).toLowerCase();
  const message = innermostMessage(cause);
  // Only this text of Deno's tells an unreachable host from a lost answer.
  const unreachable = message.includes("client error (Connect)");
  return new RegistryError(
    unreachable ? "unreachable" : "broken",
    `${verb} "${url.origin}${url.pathname}": ${reasonOf(message)}`,
    { cause },
  );
}
