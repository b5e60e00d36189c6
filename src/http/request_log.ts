/**
 * Keeps inference requests as they came, so that they can be sent again.
 *
 * @module
 */

import type { MiddlewareHandler } from "@hono/hono";
import type { Log } from "../log.ts";

/** Name of a request's files: when it came, in what order, for which route. */
function fileStem(path: string, at: Date, count: number): string {
  const time = at.toISOString().replace(/[-:]/g, "");
  const order = String(count).padStart(6, "0");
  return `${time}-${order}_${path.slice(1).replace(/[^A-Za-z0-9]/g, "_")}`;
}

/** A shell script that sends the body which lies beside it. */
function replayScript(request: Request, bodyName: string): string {
  const type = request.headers.get("content-type") ?? "application/json";
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh
folder="$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)"
curl --request ${request.method} --url ${quote(request.url)} \\
  --header ${quote(`Content-Type: ${type}`)} \\
  --data-binary @"$folder/${bodyName}"
`;
}

/** Middleware for the routes whose requests are kept in the folder. */
export function requestLog(folder: string, log: Log): MiddlewareHandler {
  let count = 0;
  return async (c, next) => {
    const request = c.req.raw.clone();
    const stem = fileStem(c.req.path, new Date(), ++count);
    const body = `${stem}_body.json`;
    const script = `${folder}/${stem}_request.sh`;
    try {
      const bytes = new Uint8Array(await request.arrayBuffer());
      await Deno.writeFile(`${folder}/${body}`, bytes, { mode: 0o600 });
      await Deno.writeTextFile(script, replayScript(request, body), {
        mode: 0o600,
      });
      log.info(`logged the request, send it again with: sh ${script}`);
    } catch (error) {
      log.warn(`the request could not be logged: ${error}`);
    }
    await next();
  };
}
