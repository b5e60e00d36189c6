/**
 * `tally list`
 *
 * @module
 */

import type { Client } from "./client.ts";
import { humanSize, humanTime } from "./human.ts";
import { print } from "./output.ts";
import { formatTable } from "./table.ts";

/** A model of `/api/tags` as far as it is shown. */
interface ListedModel {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  readonly modified_at: string;
}

/** Hex digits of a digest that tell models apart. */
export const SHORT_DIGEST = 12;

/** Prints the models in the store, those whose names begin with `prefix`. */
export async function list(client: Client, prefix = ""): Promise<void> {
  const { models } = await client.get<{ models: ListedModel[] }>("/api/tags");
  const rows = models
    .filter(({ name }) => name.toLowerCase().startsWith(prefix.toLowerCase()))
    .map((model) => [
      model.name,
      model.digest.slice(0, SHORT_DIGEST),
      humanSize(model.size),
      humanTime(new Date(model.modified_at)),
    ]);
  print(formatTable([["NAME", "ID", "SIZE", "MODIFIED"], ...rows]));
}
