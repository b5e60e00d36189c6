/**
 * `tally pull`: a model from a registry.
 *
 * @module
 */

import type { Client } from "./client.ts";
import { transfer, type TransferFlags } from "./transfer.ts";

/** Pulls a model and shows how it goes. */
export async function pull(
  client: Client,
  model: string,
  flags: TransferFlags,
): Promise<void> {
  await transfer(client, "/api/pull", model, flags);
}
