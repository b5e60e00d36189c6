/**
 * `tally stop`
 *
 * @module
 */

import { type Client, explainNotFound } from "./client.ts";

/** Unloads a model. */
export async function stop(client: Client, model: string): Promise<void> {
  try {
    await client.send("POST", "/api/generate", {
      model,
      keep_alive: 0,
      stream: false,
    });
  } catch (error) {
    throw explainNotFound(error, `couldn't find model "${model}" to stop`);
  }
}
