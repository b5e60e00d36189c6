/**
 * `tally rm`
 *
 * @module
 */

import type { Client } from "./client.ts";
import { print } from "./output.ts";

/** Removes models, up to the first that cannot be. */
export async function rm(
  client: Client,
  models: readonly string[],
): Promise<void> {
  for (const model of models) {
    await client.send("DELETE", "/api/delete", { model });
    print(`deleted '${model}'\n`);
  }
}
