/**
 * What is on this machine is asked directly: Deno, unlike Go, would ask it by
 * the proxy that `HTTP_PROXY` names, which cannot reach it.
 *
 * @module
 */

const LOOPBACK = ["localhost", "127.0.0.0/8", "::1"];

/** Variables that make Deno use a proxy. */
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/** The value of a variable, whose name may be in small letters. */
function readEither(
  read: (name: string) => string | undefined,
  name: string,
): string | undefined {
  return read(name) || read(name.toLowerCase()) || undefined;
}

/** What `NO_PROXY` should be; undefined where it may stay as it is. */
export function noProxyValue(
  read: (name: string) => string | undefined,
): string | undefined {
  if (!PROXIES.some((name) => readEither(read, name) !== undefined)) {
    return undefined;
  }
  const before = readEither(read, "NO_PROXY");
  return [...(before === undefined ? [] : [before]), ...LOOPBACK].join(",");
}

/** Has this process, from its first request on, ask the loopback directly. */
export function bypassProxyForLoopback(): void {
  const value = noProxyValue((name) => Deno.env.get(name));
  if (value !== undefined) {
    Deno.env.set("NO_PROXY", value);
  }
}
