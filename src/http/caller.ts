/**
 * Who asks: every HTTP request has an id and the name of its key.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import { ANONYMOUS, type Caller } from "../generation.ts";

/** Name of the caller among the context's variables. */
const CALLER = "caller";

/** The request's caller: the same object whenever it is asked for. */
export function callerOf(c: Context): Caller {
  const known: Caller | undefined = c.get(CALLER);
  return known ?? nameCaller(c, ANONYMOUS);
}

/** Makes the request its key's. */
export function nameCaller(c: Context, key: string): Caller {
  const id = crypto.randomUUID().replaceAll("-", "");
  const caller: Caller = { id, endpoint: c.req.path, key };
  c.set(CALLER, caller);
  return caller;
}
