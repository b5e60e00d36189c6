/**
 * Decodes JSON values the way Go's decoder fills a struct, because clients
 * were written against it: the case of field names does not matter, null is
 * the same as absent, unknown fields are ignored, and a wrong type is told in
 * Go's words (https://pkg.go.dev/encoding/json#Unmarshal).
 *
 * In the schemas a type's error message is the name of its Go type.
 *
 * @module
 */

import * as v from "valibot";
import { ServerError } from "../errors.ts";
import { isObject } from "./json_object.ts";

/** The fields of a struct. */
export type Fields = v.ObjectEntries;

/** A JSON object that is kept as it is; `goType` is its name in errors. */
export function record(goType: string) {
  return v.custom<Record<string, unknown>>(isObject, goType);
}

/**
 * A Go struct; `goType` is its name in errors. Go knows no required fields:
 * those that routes refuse to be without are named for readers only.
 */
export function struct<const T extends Fields>(
  goType: string,
  fields: T,
  required: readonly (keyof T & string)[] = [],
) {
  return v.pipe(
    record(goType),
    v.object(fields, goType),
    v.metadata({ required }),
  );
}

/** Whether a schema has the fields of a struct, where null means absent. */
export function isStruct(schema: v.GenericSchema): boolean {
  return schema.type === "object" && "message" in schema &&
    schema.message !== undefined;
}

/** A Go string. */
export const text = v.string("string");
/** A Go bool. */
export const bool = v.boolean("bool");
/** A Go int. */
export const int = v.pipe(v.number("int"), v.integer("int"));
/** A Go map to any value. */
export const anyMap = record("map[string]interface {}");
/** A Go map to strings. */
export const textMap = v.pipe(
  record("map[string]string"),
  v.record(v.string(), text),
);

/** A Go slice; `goType` is its name in errors. */
export function slice<const T extends v.GenericSchema>(
  item: T,
  goType: string,
) {
  return v.array(item, goType);
}

/** Parts of a valibot schema that lead to the structs inside it. */
interface SchemaParts {
  readonly wrapped?: SchemaParts;
  readonly item?: SchemaParts;
  readonly entries?: Readonly<Record<string, SchemaParts>>;
  readonly pipe?: readonly SchemaParts[];
}

/** Renames fields to their exact names and leaves nulls out. */
function fold(schema: SchemaParts, value: unknown): unknown {
  const { wrapped, item } = schema;
  const entries = schema.entries ??
    schema.pipe?.find((each) => each.entries !== undefined)?.entries;
  if (wrapped !== undefined) {
    return fold(wrapped, value);
  }
  if (item !== undefined && Array.isArray(value)) {
    return value.map((each) => fold(item, each));
  }
  return entries !== undefined && isObject(value)
    ? foldFields(entries, value)
    : value;
}

function foldFields(
  entries: Readonly<Record<string, SchemaParts>>,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const exact = new Map(
    Object.keys(entries).map((name) => [name.toLowerCase(), name]),
  );
  const folded: Record<string, unknown> = {};
  for (const [written, field] of Object.entries(value)) {
    const name = exact.get(written.toLowerCase());
    const schema = name === undefined ? undefined : entries[name];
    if (name !== undefined && schema !== undefined && field !== null) {
      folded[name] = fold(schema, field);
    }
  }
  return folded;
}

/** What Go calls a JSON value that it cannot use. */
function goKind(value: unknown, goType: string): string {
  switch (typeof value) {
    case "number":
      return goType === "int" ? `number ${value}` : "number";
    case "boolean":
      return "bool";
    case "string":
      return "string";
    default:
      return Array.isArray(value) ? "array" : "object";
  }
}

function mismatch(name: string, issue: v.BaseIssue<unknown>): string {
  const goType = issue.message;
  const path = (issue.path ?? [])
    .map((step) => step.key)
    .filter((key) => typeof key === "string");
  const target = path.length === 0
    ? `value of type api.${name}`
    : `struct field ${[name, ...path].join(".")} of type ${goType}`;
  return `json: cannot unmarshal ${
    goKind(issue.input, goType)
  } into Go ${target}`;
}

/** Decodes `value` as the struct `name`. Throws a `bad_request`. */
export function decodeStruct<const S extends v.GenericSchema>(
  schema: S,
  name: string,
  value: unknown,
): v.InferOutput<S> {
  const folded = fold(schema as unknown as SchemaParts, value ?? {});
  const result = v.safeParse(schema, folded, { abortEarly: true });
  if (!result.success) {
    throw new ServerError("bad_request", mismatch(name, result.issues[0]));
  }
  return result.output;
}
