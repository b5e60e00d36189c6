/**
 * The Host check, which keeps a web page from reaching a local server through
 * a name that resolves to it (DNS rebinding).
 *
 * @module
 */

import type { MiddlewareHandler } from "@hono/hono";

const LOCAL_SUFFIXES = [".localhost", ".local", ".internal"];

/** Loopback, private and unspecified IPv4 networks. */
const LOCAL_IPV4 =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0$)/;

/** Loopback, unspecified and unique local (fc00::/7) IPv6 addresses. */
const LOCAL_IPV6 = /^(?:::1?$|f[cd][0-9a-f]{2}:)/;

/** Facts about this machine. */
export interface Machine {
  readonly hostname: string;
  /** Addresses of its network interfaces. */
  readonly addresses: readonly string[];
}

/** The machine this program runs on. */
export function thisMachine(): Machine {
  return {
    hostname: Deno.hostname().toLowerCase(),
    addresses: Deno.networkInterfaces().map(({ address }) => address),
  };
}

/** Whether only this machine can reach a server bound to `hostname`. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    /^127(?:\.\d+){3}$/.test(hostname);
}

/** Host header without port and brackets, in lower case. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1];
  const name = bracketed ?? host.replace(/^([^:]*):\d*$/, "$1");
  return name.toLowerCase();
}

function isIpv4(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
}

/** Whether a Host header names this machine. */
export function isAllowedHost(host: string, machine: Machine): boolean {
  const name = nameOf(host);
  if (name === "" || name === "localhost" || name === machine.hostname) {
    return true;
  }
  if (isIpv4(name)) {
    return LOCAL_IPV4.test(name) || machine.addresses.includes(name);
  }
  if (name.includes(":")) {
    return LOCAL_IPV6.test(name) || machine.addresses.includes(name);
  }
  return LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** Answers 403 without a body to a Host header that names another machine. */
export function hostCheck(machine: Machine): MiddlewareHandler {
  return async (c, next) => {
    if (!isAllowedHost(c.req.header("Host") ?? "", machine)) {
      return c.body(null, 403);
    }
    await next();
  };
}
