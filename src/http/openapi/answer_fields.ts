/**
 * Fields that answers of several dialects are made of.
 *
 * @module
 */

import * as v from "valibot";

/** Text. */
export const text = v.string();
/** A number of things, or nanoseconds. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A moment in RFC 3339. */
export const time = v.pipe(v.string(), v.isoTimestamp());
/** Any object. */
export const anyObject = v.record(v.string(), v.unknown());

/** A field that is left out when there is nothing to say. */
export function maybe<const S extends v.GenericSchema>(schema: S) {
  return v.optional(schema);
}
