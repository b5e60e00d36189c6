/**
 * `tally run` of a model that embeds.
 *
 * @module
 */

import type { ChatSettings } from "./chat/settings.ts";
import { type Client, CliError } from "./client.ts";
import { print } from "./output.ts";
import { parseDimensions, type RunOptions } from "./run_options.ts";

/** Prints the vector of a text. */
export async function embed(
  client: Client,
  { model, keepAlive }: ChatSettings,
  input: string,
  { truncate, dimensions }: RunOptions,
): Promise<void> {
  if (input === "") {
    throw new CliError(
      "embedding models require input text. Usage: " +
        `tally run ${model} "your text here"`,
    );
  }
  const { embeddings } = await client.send<{ embeddings: number[][] }>(
    "POST",
    "/api/embed",
    {
      model,
      input,
      keep_alive: keepAlive,
      ...(truncate === undefined ? {} : { truncate: truncate === "true" }),
      ...(dimensions ? { dimensions: parseDimensions(dimensions) } : {}),
    },
  );
  if (embeddings[0] === undefined) {
    throw new CliError("no embeddings returned");
  }
  print(`${JSON.stringify(embeddings[0])}\n`);
}
