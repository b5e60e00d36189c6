/**
 * Schemas that refer to themselves so that no finite value meets them.
 *
 * @module
 */

import { isObject, refuse, type Schema } from "./schema_error.ts";

/** Keywords with values in which `$ref` would be a name as any other. */
const VALUES = new Set(["const", "default", "enum", "example", "examples"]);

/** What a reference within the schema names; undefined: nothing. */
export function targetOf(reference: string, root: Schema): unknown {
  let target: unknown = root;
  for (const step of reference.slice(1).split("/").filter(Boolean)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) && Object.hasOwn(target, name)
      ? target[name]
      : undefined;
  }
  return target;
}

function collectReferences(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    value.forEach((each) => collectReferences(each, found));
  } else if (isObject(value)) {
    const { $ref: reference } = value;
    if (typeof reference === "string") {
      found.add(reference);
    }
    for (const [keyword, each] of Object.entries(value)) {
      if (!VALUES.has(keyword)) {
        collectReferences(each, found);
      }
    }
  }
}

function partsOf(schema: Schema, keyword: string): readonly unknown[] {
  const parts = schema[keyword];
  return Array.isArray(parts) ? parts : [];
}

/** Everything that a value of an object or an array must have. */
function needs(schema: Schema): unknown[] {
  const { type, patternProperties } = schema;
  if (Array.isArray(type) && type.length > 1) {
    return [];
  }
  const { properties, additionalProperties = true, items = true } = schema;
  const known = isObject(properties) ? properties : {};
  const other = patternProperties === undefined ? additionalProperties : true;
  const members = partsOf(schema, "required")
    .map((name) => known[String(name)] ?? other);
  const first = partsOf(schema, "prefixItems");
  const more = Number(schema["minItems"] ?? 0) > first.length ? [items] : [];
  const is = (name: string) => type === undefined || [type].flat()[0] === name;
  return [
    ...(is("object") ? members : []),
    ...(is("array") ? [...first, ...more] : []),
  ];
}

/** Whether some value ends, if all references but the `endless` ones do. */
function ends(schema: unknown, endless: ReadonlySet<string>): boolean {
  if (!isObject(schema)) {
    return schema !== false;
  }
  const { $ref: reference } = schema;
  if (typeof reference === "string") {
    return !endless.has(reference);
  }
  const each = (part: unknown) => ends(part, endless);
  const choices = [...partsOf(schema, "anyOf"), ...partsOf(schema, "oneOf")];
  return (choices.length === 0 || choices.some(each)) &&
    partsOf(schema, "allOf").every(each) && needs(schema).every(each);
}

/** Throws a `bad_request` `ServerError` for a reference that never ends. */
export function checkEnds(root: Schema): void {
  const endless = new Set<string>();
  collectReferences(root, endless);
  let before: number;
  do {
    before = endless.size;
    for (const reference of endless) {
      if (ends(targetOf(reference, root), endless)) {
        endless.delete(reference);
      }
    }
  } while (endless.size < before);
  const [first] = endless;
  if (first !== undefined) {
    refuse(
      first.slice(1),
      "a part that needs itself without end",
      'let it end: take it out of "required" or give it another choice',
    );
  }
}
