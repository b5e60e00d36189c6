/**
 * Faults that show in one part of a JSON Schema: values of a wrong type, and
 * keywords that no value meets together. XGrammar would abort on most.
 *
 * @module
 */

import { isObject, refuse, type Schema } from "./schema_error.ts";

/** XGrammar has a stack for twice as many. */
export const MOST_LEVELS = 32;

const COUNTS = [
  "maxItems",
  "maxLength",
  "maxProperties",
  "minItems",
  "minLength",
  "minProperties",
];

const NUMBERS = ["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"];

const TEXTS = ["$ref", "format", "pattern"];

/** Lists, of which all but `required` must not be empty. */
const LISTS = ["anyOf", "enum", "oneOf", "prefixItems", "required"];

/** Keywords that leave no room when the first is above the second. */
const ORDERED = [
  ["minimum", "maximum"],
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minProperties", "maxProperties"],
] as const;

/** Keywords that leave no room when the first is not below the second. */
const APART = [
  ["exclusiveMinimum", "maximum"],
  ["minimum", "exclusiveMaximum"],
  ["exclusiveMinimum", "exclusiveMaximum"],
] as const;

/** Throws a `bad_request` `ServerError` for the first fault there is. */
export function checkKeywords(schema: Schema, path: string): void {
  checkValues(schema, path);
  checkBounds(schema, path);
  checkChoice(schema, path);
  checkObject(schema, path);
  checkArray(schema, path);
}

function checkValues(schema: Schema, path: string): void {
  const expect = (
    keywords: readonly string[],
    isRight: (value: unknown) => boolean,
    kind: string,
  ) => {
    const wrong = keywords.find((each) =>
      each in schema && !isRight(schema[each])
    );
    if (wrong !== undefined) {
      refuse(path, `"${wrong}" that is not ${kind}`);
    }
  };
  expect(COUNTS, isCount, "a whole number from 0 on");
  expect(NUMBERS, (value) => typeof value === "number", "a number");
  expect(TEXTS, (value) => typeof value === "string", "a text");
  expect(LISTS, Array.isArray, "a list");
  const empty = [...LISTS, "type"].find((keyword) =>
    keyword !== "required" && isEmptyList(schema[keyword])
  );
  if (empty !== undefined) {
    refuse(path, `"${empty}" that is empty`, "no value meets that");
  }
  const names = schema["required"];
  if (Array.isArray(names) && names.some((each) => typeof each !== "string")) {
    refuse(path, '"required" with something other than names');
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function checkBounds(schema: Schema, path: string): void {
  const fault = (low: string, high: string, relation: string) =>
    refuse(
      path,
      `"${low}" ${schema[low]} ${relation} "${high}" ${schema[high]}`,
      "no value is between them",
    );
  for (const [low, high] of ORDERED) {
    if (Number(schema[low]) > Number(schema[high])) {
      fault(low, high, "above");
    }
  }
  for (const [low, high] of APART) {
    if (Number(schema[low]) >= Number(schema[high])) {
      fault(low, high, "not below");
    }
  }
}

/** Whether a value is of a type, or of one of several. */
export function hasType(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) {
    return type.some((each) => hasType(value, each));
  }
  switch (type) {
    case undefined:
      return true;
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    default:
      return false;
  }
}

function isDeep(value: unknown, levels = MOST_LEVELS): boolean {
  return typeof value === "object" && value !== null &&
    (levels === 0 ||
      Object.values(value).some((each) => isDeep(each, levels - 1)));
}

function checkChoice(schema: Schema, path: string): void {
  const { type, enum: values } = schema;
  const choice = "const" in schema ? [schema["const"]] : values;
  if (Array.isArray(choice) && choice.some((each) => isDeep(each))) {
    refuse(path, `a value of more than ${MOST_LEVELS} levels`);
  }
  if (
    Array.isArray(choice) && !choice.some((value) => hasType(value, type))
  ) {
    const keyword = "const" in schema ? "const" : "enum";
    refuse(
      path,
      `"${keyword}" without a value of type ${JSON.stringify(type)}`,
      `leave out "type" or mend the values`,
    );
  }
}

function checkObject(schema: Schema, path: string): void {
  const { properties = {}, required = [], patternProperties = {} } = schema;
  const { minProperties = 0, maxProperties = Infinity } = schema;
  const names = [...new Set(required as string[])];
  if (names.length > Number(maxProperties)) {
    const most = `"maxProperties" ${maxProperties}`;
    refuse(path, `${most} below the number of names in "required"`);
  }
  if (schema["additionalProperties"] !== false || !isObject(properties)) {
    return;
  }
  const patterns = Object.keys(patternProperties as Schema);
  if (patterns.length > 0) {
    return;
  }
  const unknown = names.find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) {
    refuse(
      path,
      `"required" names ${JSON.stringify(unknown)}, which ` +
        `"additionalProperties": false forbids,`,
      'add it to "properties" or take it out of "required"',
    );
  }
  if (Number(minProperties) > Object.keys(properties).length) {
    const least = `"minProperties" ${minProperties}`;
    refuse(path, `${least} above the number of "properties"`);
  }
}

function checkArray(schema: Schema, path: string): void {
  const { prefixItems = [], items, minItems = 0, maxItems = Infinity } = schema;
  const { length } = prefixItems as unknown[];
  if (Array.isArray(items)) {
    refuse(path, '"items" that is a list', 'write "prefixItems"');
  }
  if (Number(maxItems) < length) {
    const most = `"maxItems" ${maxItems}`;
    refuse(path, `${most} below the number of "prefixItems"`);
  }
  if (items === false && Number(minItems) > length) {
    refuse(path, `"minItems" ${minItems} above what "items": false allows`);
  }
}
