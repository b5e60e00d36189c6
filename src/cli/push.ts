/**
 * `tally push`: a model to a registry.
 *
 * @module
 */

import { type Client, CliError } from "./client.ts";
import { transfer, type TransferFlags } from "./transfer.ts";

/** Pushes a model and shows how it goes. */
export async function push(
  client: Client,
  model: string,
  flags: TransferFlags,
): Promise<void> {
  try {
    await transfer(client, "/api/push", model, flags);
  } catch (error) {
    if (
      error instanceof CliError &&
      /access denied|unauthorized/i.test(error.message)
    ) {
      throw new CliError(
        "you are not authorized to push to this namespace, create the model " +
          "under a namespace you own",
        { cause: error },
      );
    }
    throw error;
  }
}
