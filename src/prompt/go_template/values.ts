/**
 * Values of Go templates and what Go does with them: truth, length, text and
 * JSON.
 *
 * @module
 */

/**
 * A Go value. `bigint` is an `int`, `number` a `float64`, `null` a nil
 * interface, such as a missing key, and `undefined` no value at all.
 */
export type GoValue =
  | undefined
  | null
  | boolean
  | bigint
  | number
  | string
  | GoSlice
  | GoMap
  | GoStruct;

/** How a value prints itself, and is written as JSON, instead of as usual. */
type Print = () => string;

/** From here on Go writes a float with an exponent: 1e+06. */
const SHORTEST_DIGITS = 6;

/** A list. */
export class GoSlice {
  readonly items: readonly GoValue[];
  readonly print: Print | undefined;

  constructor(items: readonly GoValue[], print?: Print) {
    this.items = items;
    this.print = print;
  }
}

/** A map with text keys; a missing key is `null`. */
export class GoMap {
  readonly entries: ReadonlyMap<string, GoValue>;
  readonly print: Print | undefined;

  constructor(entries: ReadonlyMap<string, GoValue>, print?: Print) {
    this.entries = entries;
    this.print = print;
  }

  /** In the order Go prints and ranges over. */
  sorted(): [string, GoValue][] {
    return [...this.entries].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  }
}

/** A struct; a missing field is an error. */
export class GoStruct {
  readonly type: string;
  readonly fields: ReadonlyMap<string, GoValue>;
  readonly print: Print | undefined;

  constructor(
    type: string,
    fields: Readonly<Record<string, GoValue>>,
    print?: Print,
  ) {
    this.type = type;
    this.fields = new Map(Object.entries(fields));
    this.print = print;
  }
}

/** Any JSON as Go decodes it. */
export function fromJson(value: unknown): GoValue {
  if (Array.isArray(value)) {
    return new GoSlice(value.map(fromJson));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    return new GoMap(new Map(entries.map(([k, v]) => [k, fromJson(v)])));
  }
  return value as null | undefined | boolean | number | string;
}

/** Go's name of a value's type. */
export function typeName(value: GoValue): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float64";
    case "string":
      return "string";
  }
  if (value instanceof GoSlice) {
    return "[]interface {}";
  }
  if (value instanceof GoMap) {
    return "map[string]interface {}";
  }
  return value instanceof GoStruct ? value.type : "interface {}";
}

/** Zero, empty and nil are false. */
export function isTrue(value: GoValue): boolean {
  if (value instanceof GoSlice) {
    return value.items.length > 0;
  }
  if (value instanceof GoMap) {
    return value.entries.size > 0;
  }
  // NaN is not zero.
  return typeof value === "number" ? value !== 0 : Boolean(value);
}

/** Bytes, items or entries; undefined for what has no length. */
export function lengthOf(value: GoValue): number | undefined {
  if (typeof value === "string") {
    return new TextEncoder().encode(value).length;
  }
  if (value instanceof GoSlice) {
    return value.items.length;
  }
  return value instanceof GoMap ? value.entries.size : undefined;
}

/**
 * Go's `%g`: very small and large numbers with an exponent of at least two
 * digits. `precision` counts digits; without it as many as are needed.
 */
export function formatFloat(value: number, precision?: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  }
  const digits = precision === undefined ? undefined : Math.max(precision, 1);
  const rounded = digits === undefined
    ? value
    : Number(value.toPrecision(digits));
  const written = rounded.toExponential();
  const exponent = Number(written.slice(written.indexOf("e") + 1));
  if (exponent < -4 || exponent >= (digits ?? SHORTEST_DIGITS)) {
    return written.replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Object.is(rounded, -0) ? "-0" : String(rounded);
}

/** What Go's `Sprint` makes of a value. */
export function format(value: GoValue): string {
  switch (typeof value) {
    case "undefined":
      return "<nil>";
    case "number":
      return formatFloat(value);
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) {
    return "<nil>";
  }
  if (value.print !== undefined) {
    return value.print();
  }
  if (value instanceof GoSlice) {
    return `[${value.items.map(format).join(" ")}]`;
  }
  if (value instanceof GoMap) {
    const entries = value.sorted().map(([key, v]) => `${key}:${format(v)}`);
    return `map[${entries.join(" ")}]`;
  }
  return `{${[...value.fields.values()].map(format).join(" ")}}`;
}

/** What Go escapes in JSON so that it can stand in HTML. */
const HTML_IN_JSON = /[<>&\u2028\u2029]/g;

function quote(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    HTML_IN_JSON,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An object with its members in this order; absent ones are left out. */
export function jsonObject(
  members: Iterable<readonly [string, GoValue]>,
): string {
  const written = [...members]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${quote(name)}:${toJson(value)}`);
  return `{${written.join(",")}}`;
}

/** What Go's `json.Marshal` makes of a value. */
export function toJson(value: GoValue): string {
  switch (typeof value) {
    case "undefined":
      return "null";
    case "string":
      return quote(value);
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) {
    return "null";
  }
  if (value.print !== undefined) {
    return value.print();
  }
  if (value instanceof GoSlice) {
    return `[${value.items.map(toJson).join(",")}]`;
  }
  return jsonObject(value instanceof GoMap ? value.sorted() : value.fields);
}
