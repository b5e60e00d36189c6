/**
 * Which JSON Schemas can be held to. A keyword that the grammar cannot
 * enforce is an error that names it, never silence.
 *
 * @module
 */

import { checkEnds, targetOf } from "./schema_ends.ts";
import { isObject, pointerTo, refuse, type Schema } from "./schema_error.ts";
import { checkKeywords, hasType, MOST_LEVELS } from "./schema_faults.ts";
import { numberRange, withWholeBounds } from "./schema_numbers.ts";
import { checkPattern } from "./schema_patterns.ts";
import { FORMAT_PATTERNS, plainPattern } from "./schema_strings.ts";

/** Keywords XGrammar enforces. */
const ENFORCED = new Set([
  "$defs",
  "$ref",
  "additionalProperties",
  "anyOf",
  "const",
  "definitions",
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "items",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "oneOf",
  "pattern",
  "patternProperties",
  "prefixItems",
  "properties",
  "propertyNames",
  "required",
  "type",
]);

/** Keywords that describe and constrain nothing. */
const ANNOTATIONS = new Set([
  "$anchor",
  "$comment",
  "$id",
  "$schema",
  "default",
  "deprecated",
  "description",
  "discriminator",
  "example",
  "examples",
  "id",
  "nullable",
  "readOnly",
  "strict",
  "title",
  "writeOnly",
]);

const TYPES = new Set([
  "array",
  "boolean",
  "integer",
  "null",
  "number",
  "object",
  "string",
]);

/** Keywords whose value is a map of names to schemas. */
const SCHEMA_MAPS = new Set([
  "$defs",
  "definitions",
  "patternProperties",
  "properties",
]);

/** Keywords that say by `false` that there is nothing more. */
const CLOSING = new Set(["additionalProperties", "items"]);

/** Keywords whose value is a schema or a list of schemas. */
const SCHEMAS = new Set([
  "additionalProperties",
  "anyOf",
  "items",
  "oneOf",
  "prefixItems",
  "propertyNames",
]);

function checkType(type: unknown, path: string): void {
  for (const each of Array.isArray(type) ? type : [type]) {
    if (typeof each !== "string" || !TYPES.has(each)) {
      refuse(path, `unknown type ${JSON.stringify(each)}`);
    }
  }
}

function checkReference(reference: string, path: string, root: Schema): void {
  if (!reference.startsWith("#")) {
    refuse(path, `"$ref" to another document ("${reference}")`);
  }
  if (targetOf(reference, root) === undefined) {
    const advice = 'define it in "$defs"';
    refuse(path, `"$ref" to nothing ("${reference}")`, advice);
  }
}

/** One object schema of several that all hold, or undefined if it can't be. */
function mergeAll(parts: readonly unknown[], path: string): Schema {
  const merged: Schema = {};
  for (const part of parts) {
    if (!isObject(part)) {
      refuse(path, `"allOf" of something other than schemas`);
    }
    for (const [keyword, value] of Object.entries(part)) {
      merged[keyword] = mergeKeyword(keyword, merged[keyword], value, path);
    }
  }
  return merged;
}

function mergeKeyword(
  keyword: string,
  one: unknown,
  other: unknown,
  path: string,
): unknown {
  if (one === undefined || JSON.stringify(one) === JSON.stringify(other)) {
    return other;
  }
  if (keyword === "required" && Array.isArray(one) && Array.isArray(other)) {
    return [...new Set([...one, ...other])];
  }
  if (keyword === "properties" && isObject(one) && isObject(other)) {
    const shared = Object.keys(one).find((name) => name in other);
    if (shared === undefined) {
      return { ...one, ...other };
    }
  }
  return refuse(path, `"allOf" whose parts differ in "${keyword}"`);
}

/** A name of a definition that a path can hold as it is. */
function plainName(name: string): string {
  return name.replace(
    /[^A-Za-z0-9]/gu,
    (character) => `_${character.codePointAt(0)?.toString(16)}_`,
  );
}

/** A reference to a definition by its plain name. */
function plainReference(reference: string): string {
  return reference.replace(
    /\/(\$defs|definitions)\/([^/]+)/g,
    (_, map, name) =>
      `/${map}/${plainName(name.replaceAll("~1", "/").replaceAll("~0", "~"))}`,
  );
}

/** Values, numbers and texts in words that XGrammar gets right. */
function enforceable(schema: Schema, path: string): Schema {
  const values = schema["enum"];
  if (Array.isArray(values)) {
    const meant = values.filter((value) => hasType(value, schema["type"]));
    return { anyOf: meant.map((value) => ({ const: value })) };
  }
  const { propertyNames, additionalProperties } = schema;
  if (isObject(propertyNames) && isObject(additionalProperties)) {
    refuse(path, '"propertyNames" beside "additionalProperties"');
  }
  const types = [schema["type"]].flat();
  if (types.includes("integer") && !types.includes("number")) {
    const bounded = withWholeBounds(schema) ??
      refuse(path, "bounds without a whole number between them");
    return withPlainText(bounded, path);
  }
  const range = types.includes("number") ? numberRange(schema) : undefined;
  if (range !== undefined) {
    return inRange(schema, types, range, path);
  }
  return withPlainText(schema, path);
}

/** Texts in words that XGrammar gets right. */
function withPlainText(schema: Schema, path: string): Schema {
  for (const length of ["minLength", "maxLength"]) {
    const form = ["pattern", "format"].find((keyword) => keyword in schema);
    if (length in schema && form !== undefined) {
      refuse(path, `"${length}" beside "${form}"`);
    }
  }
  const { pattern: written, format, ...rest } = schema;
  const pattern = written ?? FORMAT_PATTERNS[String(format)];
  const types = [schema["type"]].flat();
  if (typeof pattern !== "string" || !types.includes("string")) {
    return schema;
  }
  const plain = plainPattern(pattern) ??
    refuse(
      path,
      `a "pattern" with brackets that cannot be held to`,
      "name the characters one by one or by plain ranges",
    );
  return { ...rest, pattern: plain };
}

/** The parts of a range, beside the other types there may be. */
function inRange(
  schema: Schema,
  types: readonly unknown[],
  range: readonly Schema[],
  path: string,
): Schema {
  if (range.length === 0) {
    refuse(path, "bounds that no number keeps to");
  }
  const others = types.filter((type) => type !== "number");
  const parts = others.length > 0
    ? [...range, { ...schema, type: others }]
    : range;
  const [only, ...more] = parts;
  return only !== undefined && more.length === 0 ? only : { anyOf: parts };
}

/**
 * Values to choose from in rules of their own. XGrammar merges the states of
 * values that stand in one: "users" and "user" would let "userss" pass
 * (https://github.com/mlc-ai/xgrammar/issues/618).
 */
function apartFromOthers(schema: Schema): Schema {
  const apart = { ...schema };
  for (const keyword of ["anyOf", "oneOf"]) {
    const parts = schema[keyword];
    if (Array.isArray(parts)) {
      apart[keyword] = parts.map((part) =>
        isObject(part) && "const" in part ? { anyOf: [part] } : part
      );
    }
  }
  return apart;
}

/** Anything goes where a schema says nothing: strict mode would allow none. */
function openUnlessClosed(schema: Schema): Schema {
  const types = [schema["type"]].flat();
  const opened = { ...schema };
  if (types.includes("object") && !("properties" in schema)) {
    opened["additionalProperties"] ??= true;
  }
  if (types.includes("array") && !("prefixItems" in schema)) {
    opened["items"] ??= {};
  }
  return opened;
}

/**
 * XGrammar pastes names into literals of its grammar as they are. So they
 * come as an answer writes them, in JSON, and escaped again for the literal.
 */
function literalName(name: string): string {
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
  return escaped(escaped(name));
}

/** XGrammar's stack is small; a level is a keyword and a name mostly. */
function checkDepth(path: string): void {
  if (path.split("/").length > 2 * MOST_LEVELS) {
    refuse(path, `more than ${MOST_LEVELS} levels`, 'define parts in "$defs"');
  }
}

function normalize(value: unknown, path: string, root: Schema): unknown {
  if (typeof value === "boolean") {
    return value ||
      refuse(path, '"false", which no value meets,', "leave it out");
  }
  if (Array.isArray(value)) {
    return value.map((each, index) =>
      normalize(each, pointerTo(path, index), root)
    );
  }
  if (!isObject(value)) {
    return refuse(path, "something other than a schema");
  }
  const { allOf, ...own } = value;
  const schema = Array.isArray(allOf) ? mergeAll([...allOf, own], path) : own;
  checkDepth(path);
  checkKeywords(schema, path);
  const entries = Object.entries(schema)
    .filter(([keyword]) => !ANNOTATIONS.has(keyword))
    .filter(([keyword, each]) => !(keyword === "uniqueItems" && each === false))
    .map(([keyword, each]) =>
      [keyword, normalizeKeyword(keyword, each, path, root)] as const
    );
  const enforced = enforceable(Object.fromEntries(entries), path);
  return openUnlessClosed(apartFromOthers(enforced));
}

function normalizeKeyword(
  keyword: string,
  value: unknown,
  path: string,
  root: Schema,
): unknown {
  const inner = `${path}/${keyword}`;
  if (!ENFORCED.has(keyword)) {
    refuse(path, `unsupported keyword "${keyword}"`, "leave it out");
  }
  if (keyword === "type") {
    checkType(value, path);
  }
  if (keyword === "pattern") {
    checkPattern(String(value), path);
  }
  if (keyword === "$ref") {
    const reference = String(value);
    checkReference(reference, path, root);
    return plainReference(reference);
  }
  if (keyword === "required" && Array.isArray(value)) {
    return value.map((name) => literalName(String(name)));
  }
  if (value === false && CLOSING.has(keyword)) {
    return value;
  }
  if (SCHEMAS.has(keyword)) {
    return normalize(value, inner, root);
  }
  if (SCHEMA_MAPS.has(keyword)) {
    if (!isObject(value)) {
      refuse(path, `"${keyword}" that is not an object`);
    }
    const written = keyword === "properties"
      ? literalName
      : keyword === "patternProperties"
      ? String
      : plainName;
    if (keyword === "patternProperties") {
      Object.keys(value).forEach((name) => checkPattern(name, inner));
    }
    const entries = Object.entries(value).map(([name, each]) =>
      [written(name), normalize(each, pointerTo(inner, name), root)] as const
    );
    return Object.fromEntries(entries);
  }
  return value;
}

/** Any JSON object, which is what `format: "json"` promises. */
export const ANY_OBJECT = JSON.stringify({
  type: "object",
  additionalProperties: true,
});

/**
 * The schema as text that {@linkcode GrammarCompiler} can enforce in full.
 * Throws a `bad_request` {@linkcode ServerError} that names what it cannot.
 */
export function supportedSchema(schema: unknown): string {
  const root = isObject(schema) ? schema : {};
  const normalized = normalize(schema, "", root);
  checkEnds(root);
  return JSON.stringify(normalized);
}
