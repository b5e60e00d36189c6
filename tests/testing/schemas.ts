/**
 * A hundred schemas spread over the keywords of JSON Schema.
 *
 * @module
 */

/** A schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** One a line of the file beside this one. */
export const SCHEMAS: readonly Schema[] = Deno.readTextFileSync(
  new URL("schemas.jsonl", import.meta.url),
).trim().split("\n").map((line) => JSON.parse(line));
