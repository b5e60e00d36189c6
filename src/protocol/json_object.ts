/**
 * JSON objects in schemas: valibot's own takes a list for one, too.
 *
 * @module
 */

import * as v from "valibot";

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Any object. */
export const anyObject = v.custom<Record<string, unknown>>(
  isObject,
  "must be an object",
);

/** An object of which every field may be left out. */
export function objectOf<const T extends v.ObjectEntries>(fields: T) {
  return v.pipe(anyObject, v.object(fields));
}

/** An object whose fields are all alike. */
export function mapOf<const T extends v.GenericSchema>(value: T) {
  return v.pipe(anyObject, v.record(v.string(), value));
}
