/**
 * A hundred schemas spread over the keywords of JSON Schema.
 *
 * @module
 */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** A schema. Those whose answers need never end have an example of one. */
export type Schema = Readonly<
  Record<string, unknown> & { examples?: readonly unknown[] }
>;

/** One a line of the file beside this one. */
export const SCHEMAS: readonly Schema[] = Deno.readTextFileSync(
  new URL("schemas.jsonl", import.meta.url),
).trim().split("\n").map((line) => JSON.parse(line));

const ajv = new Ajv2020({ strict: false, allErrors: true });
// What it exports is the function itself, whatever its types say.
(formats as unknown as (ajv: Ajv2020) => void)(ajv);

/** Tells what is wrong with an answer to a schema; undefined: nothing. */
export function faultFinder(
  schema: Schema,
): (answer: string) => string | undefined {
  const { $id: _, ...nameless } = schema;
  const valid: ValidateFunction = ajv.compile(nameless);
  return (answer) => {
    try {
      return valid(JSON.parse(answer))
        ? undefined
        : ajv.errorsText(valid.errors);
    } catch (error) {
      return String(error);
    }
  };
}
