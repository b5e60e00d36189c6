/**
 * What a JSON Schema is, and how one that cannot be held to is refused.
 *
 * @module
 */

import { ServerError } from "../errors.ts";

/** A JSON Schema that is an object. */
export type Schema = Record<string, unknown>;

/** Whether it is a schema with keywords, or any other object. */
export function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON pointer to what has a name below another place. */
export function pointerTo(path: string, name: string | number): string {
  const step = String(name).replaceAll("~", "~0").replaceAll("/", "~1");
  return `${path}/${step}`;
}

/**
 * Throws a `bad_request` {@linkcode ServerError}: `path` is the JSON pointer to
 * the part at fault, `advice` says what to do about it.
 */
export function refuse(path: string, reason: string, advice?: string): never {
  const place = path === "" ? "the schema" : `"${path}"`;
  throw new ServerError(
    "bad_request",
    `Cannot hold the answer to this JSON Schema: ${reason} in ${place}` +
      (advice === undefined ? "" : `; ${advice}`),
  );
}
