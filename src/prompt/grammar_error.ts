/**
 * What is wrong with a grammar of a request.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** A `bad_request` about a grammar. */
export function grammarError(message: string): ServerError {
  return new ServerError("bad_request", `invalid grammar: ${message}`);
}
