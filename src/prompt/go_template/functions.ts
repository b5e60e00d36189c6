/**
 * The functions of Go templates, and those that Ollama adds.
 *
 * @module
 */

import { sprintf } from "./printf.ts";
import {
  format,
  GoMap,
  GoSlice,
  GoStruct,
  type GoValue,
  isTrue,
  lengthOf,
  toJson,
  typeName,
} from "./values.ts";

/** A function and how many arguments it takes. */
export interface GoFunction {
  readonly least: number;
  /** Absent: any number. */
  readonly most?: number;
  /** Throws `TypeError` for arguments it does not take. */
  readonly call: (args: readonly GoValue[]) => GoValue;
}

type Kind = "bool" | "int" | "float" | "string" | "other";

function kindOf(value: GoValue): Kind {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "string";
    default:
      return "other";
  }
}

function isNil(value: GoValue): value is null | undefined {
  return value === null || value === undefined;
}

function incompatible(a: GoValue, b: GoValue): TypeError {
  return new TypeError(
    `incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`,
  );
}

function isEqual(a: GoValue, b: GoValue): boolean {
  if (isNil(a) || isNil(b)) {
    return isNil(a) && isNil(b);
  }
  if (kindOf(a) !== kindOf(b)) {
    throw incompatible(a, b);
  }
  if (a instanceof GoSlice || a instanceof GoMap) {
    throw new TypeError(`non-comparable type ${typeName(a)}`);
  }
  return a === b;
}

function isLess(a: GoValue, b: GoValue): boolean {
  const kind = kindOf(a);
  if (kind === "other" || kind === "bool" || kindOf(b) === "other") {
    throw new TypeError("invalid type for comparison");
  }
  if (kind !== kindOf(b)) {
    throw incompatible(a, b);
  }
  return (a as string) < (b as string);
}

function indexNumber(index: GoValue, most: number): number {
  if (typeof index !== "bigint") {
    throw new TypeError(
      `cannot index slice/array with ${
        isNil(index) ? "nil" : `type ${typeName(index)}`
      }`,
    );
  }
  if (index < 0n || index > BigInt(most)) {
    throw new TypeError(`index out of range: ${index}`);
  }
  return Number(index);
}

function indexOnce(item: GoValue, index: GoValue): GoValue {
  if (isNil(item)) {
    throw new TypeError("index of nil pointer");
  }
  if (item instanceof GoMap) {
    if (typeof index !== "string") {
      throw new TypeError(
        `value has type ${typeName(index)}; should be string`,
      );
    }
    return item.entries.get(index) ?? null;
  }
  const items = typeof item === "string"
    ? [...new TextEncoder().encode(item)].map(BigInt)
    : item instanceof GoSlice
    ? item.items
    : undefined;
  if (items === undefined) {
    throw new TypeError(`can't index item of type ${typeName(item)}`);
  }
  const at = indexNumber(index, items.length);
  if (at === items.length) {
    throw new TypeError(`index out of range: ${at}`);
  }
  return items[at];
}

function slice([item, ...indexes]: readonly GoValue[]): GoValue {
  const length = item instanceof GoMap ? undefined : lengthOf(item);
  if (length === undefined) {
    throw new TypeError(
      isNil(item)
        ? "slice of untyped nil"
        : `can't slice item of type ${typeName(item)}`,
    );
  }
  if (indexes.length === 3 && typeof item === "string") {
    throw new TypeError("cannot 3-index slice a string");
  }
  const [start = 0, end = length, limit = length] = indexes.map((index) =>
    indexNumber(index, length)
  );
  if (start > end || end > limit) {
    throw new TypeError(`invalid slice index: ${start} > ${end}`);
  }
  return item instanceof GoSlice
    ? new GoSlice(item.items.slice(start, end))
    : new TextDecoder().decode(
      new TextEncoder().encode(item as string).slice(start, end),
    );
}

function length([item]: readonly GoValue[]): GoValue {
  const count = lengthOf(item);
  if (count === undefined) {
    throw new TypeError(
      isNil(item) ? "len of nil pointer" : `len of type ${typeName(item)}`,
    );
  }
  return BigInt(count);
}

/** Spaces go between neighbours that are both no text. */
function print(args: readonly GoValue[]): string {
  return args.map((arg, i) => {
    const before = args[i - 1];
    const apart = i > 0 && typeof arg !== "string" &&
      typeof before !== "string";
    return (apart ? " " : "") + format(arg);
  }).join("");
}

function joined(args: readonly GoValue[]): string {
  return args.length === 1 && typeof args[0] === "string"
    ? args[0]
    : print(args);
}

const HTML: Readonly<Record<string, string>> = {
  "\0": "\uFFFD",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function urlQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%20", "+")
    .replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

function printf([layout, ...args]: readonly GoValue[]): string {
  if (typeof layout !== "string") {
    throw new TypeError(
      `wrong type for value; expected string; got ${typeName(layout)}`,
    );
  }
  return sprintf(layout, args);
}

/** `2026-01-31` in local time, some days from now. */
function date(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() + days);
  const parts = [day.getMonth() + 1, day.getDate()];
  return [
    day.getFullYear(),
    ...parts.map((part) => String(part).padStart(2, "0")),
  ].join("-");
}

const TYPESCRIPT: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
  array: "any[]",
  object: "Record<string, any>",
  null: "null",
};

/** A tool's parameter as a TypeScript type. */
function typeScriptType(property: GoValue): string {
  if (!(property instanceof GoStruct)) {
    return "any";
  }
  const anyOf = property.fields.get("AnyOf");
  if (anyOf instanceof GoSlice && anyOf.items.length > 0) {
    return anyOf.items.map(typeScriptType).join(" | ");
  }
  const type = property.fields.get("Type");
  const types = type instanceof GoSlice ? type.items : [type];
  return types.map((name) => TYPESCRIPT[format(name)] ?? "any").join(" | ");
}

function compare(test: (a: GoValue, b: GoValue) => boolean): GoFunction {
  return { least: 2, most: 2, call: ([a, b]) => test(a, b) };
}

function words(call: (text: string) => string): GoFunction {
  return { least: 0, call: (args) => call(joined(args)) };
}

/** All but `and` and `or`, which do not evaluate all their arguments. */
export const FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  not: { least: 1, most: 1, call: ([value]) => !isTrue(value) },
  eq: {
    least: 1,
    call: ([first, ...others]) => {
      if (others.length === 0) {
        throw new TypeError("missing argument for comparison");
      }
      return others.some((other) => isEqual(first, other));
    },
  },
  ne: compare((a, b) => !isEqual(a, b)),
  lt: compare(isLess),
  le: compare((a, b) => isLess(a, b) || isEqual(a, b)),
  gt: compare((a, b) => !isLess(a, b) && !isEqual(a, b)),
  ge: compare((a, b) => !isLess(a, b)),
  index: {
    least: 1,
    call: ([item, ...indexes]) => {
      if (isNil(item)) {
        throw new TypeError("index of untyped nil");
      }
      return indexes.reduce(indexOnce, item);
    },
  },
  slice: { least: 1, most: 4, call: slice },
  len: { least: 1, most: 1, call: length },
  print: { least: 0, call: print },
  println: {
    least: 0,
    call: (args) => `${args.map(format).join(" ")}\n`,
  },
  printf: { least: 1, call: printf },
  html: words((text) => text.replace(/[\0"'&<>]/g, (c) => HTML[c] ?? c)),
  urlquery: words(urlQuery),
  json: { least: 1, most: 1, call: ([value]) => toJson(value) },
  currentDate: { least: 0, call: () => date(0) },
  yesterdayDate: { least: 0, call: () => date(-1) },
  toTypeScriptType: {
    least: 1,
    most: 1,
    call: ([value]) => typeScriptType(value),
  },
};

/** Every function a template may name. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  "and",
  "or",
  ...Object.keys(FUNCTIONS),
]);
