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

/** Longest name of an end user that is kept, in characters. */
const LONGEST_USER = 128;

/** The caller, on behalf of somebody. To be asked once a request. */
export function callerFor(c: Context, endUser?: string | null): Caller {
  const caller = callerOf(c);
  return endUser
    ? { ...caller, endUser: endUser.slice(0, LONGEST_USER) }
    : caller;
}

/** Makes the request its key's. */
export function nameCaller(c: Context, key: string): Caller {
  const id = crypto.randomUUID().replaceAll("-", "");
  const caller: Caller = {
    id,
    endpoint: c.req.path,
    key,
    endUser: "",
    ...traceOf(c),
  };
  c.set(CALLER, caller);
  return caller;
}

/** The trace a client asks to be part of (https://www.w3.org/TR/trace-context). */
function traceOf(c: Context): Pick<Caller, "trace"> {
  const traceparent = c.req.header("traceparent");
  if (traceparent === undefined) {
    return {};
  }
  const tracestate = c.req.header("tracestate");
  return {
    trace: {
      traceparent,
      ...(tracestate === undefined ? {} : { tracestate }),
    },
  };
}
