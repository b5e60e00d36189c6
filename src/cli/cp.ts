/**
 * `tally cp`
 *
 * @module
 */

import type { Client } from "./client.ts";
import { print } from "./output.ts";

/** Gives a model a second name. */
export async function cp(
  client: Client,
  source: string,
  destination: string,
): Promise<void> {
  await client.send("POST", "/api/copy", { source, destination });
  print(`copied '${source}' to '${destination}'\n`);
}
