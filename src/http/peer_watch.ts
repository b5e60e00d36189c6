/**
 * Notices clients that have gone while they are still owed a response.
 *
 * Deno 2.9 does not look at the connection of a request whose body did not
 * come together with its head (`wait_raw_response_ready` in its `ext/http`),
 * so that `request.signal` says nothing until a response is written. Linux
 * tells which peers have closed.
 *
 * @module
 */

/** Time between two looks, milliseconds. */
const PERIOD_MS = 500;

/** Where the kernel lists connections (https://man7.org/linux/man-pages/man5/proc_pid_net.5.html). */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** The state of a connection whose peer has closed it and that is still open here. */
const CLOSE_WAIT = "08";

/** Answers requests as `Deno.serve` asks for it. */
export type Handler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Response | Promise<Response>;

/** One way to write an address, whoever wrote it. */
function peerName(hostname: string, port: number): string {
  const address = hostname.replace(/%.*$/, "");
  const host = address.includes(":") ? `[${address}]` : address;
  return `${new URL(`http://${host}`).hostname} ${port}`;
}

/** Bytes of an address in the table: words of 32 bits, in the machine's order. */
function addressOf(hex: string): string {
  const bytes = hex.match(/.{8}/g)
    ?.flatMap((word) => word.match(/../g)?.reverse() ?? []) ?? [];
  return bytes.length === 4
    ? bytes.map((byte) => parseInt(byte, 16)).join(".")
    : bytes.join("").replace(/.{4}(?=.)/g, "$&:");
}

/**
 * Peers that have closed connections to the port, by {@linkcode peerName}, of
 * a table of connections.
 */
export function closedPeers(table: string, port: number): string[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", remote = "", state] = line.trim().split(/\s+/);
    const [, localPort = ""] = local.split(":");
    const [address = "", remotePort = ""] = remote.split(":");
    return state === CLOSE_WAIT && parseInt(localPort, 16) === port
      ? [peerName(addressOf(address), parseInt(remotePort, 16))]
      : [];
  });
}

async function readTables(): Promise<string> {
  const read = (path: string) => Deno.readTextFile(path).catch(() => "");
  return (await Promise.all(TABLES.map(read))).join("\n");
}

/**
 * The same handler, with requests whose signals hear of it when the client has
 * gone. `port` tells where the server listens.
 */
export function watchPeers(handler: Handler, port: () => number): Handler {
  if (Deno.build.os !== "linux") {
    return handler;
  }
  const owed = new Map<Request, Deno.NetAddr>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async () => {
    timer = undefined;
    const closed = new Set(closedPeers(await readTables(), port()));
    for (const [request, { hostname, port }] of owed) {
      if (closed.has(peerName(hostname, port))) {
        owed.delete(request);
        request.signal.dispatchEvent(new Event("abort"));
      }
    }
    lookLater();
  };
  const lookLater = () => {
    if (owed.size > 0) {
      timer ??= setTimeout(look, PERIOD_MS);
    } else {
      clearTimeout(timer);
      timer = undefined;
    }
  };
  return async (request, info) => {
    owed.set(request, info.remoteAddr);
    lookLater();
    try {
      return await handler(request, info);
    } finally {
      owed.delete(request);
      lookLater();
    }
  };
}
