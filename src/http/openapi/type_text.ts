/**
 * JSON Schemas as types, in TypeScript's notation, for people.
 *
 * @module
 */

import { html } from "@hono/hono/html";
import type { JsonSchema } from "./json_schema.ts";

/** Escaped markup, as Hono's `html` makes it. */
export type Html = ReturnType<typeof html>;

type Piece = Html | string;

const INDENT = "  ";

function joined(pieces: readonly Piece[], between: string): Html {
  return html`${
    pieces.flatMap((piece, index) => index === 0 ? [piece] : [between, piece])
  }`;
}

function schemas(value: unknown): readonly JsonSchema[] {
  return value as readonly JsonSchema[];
}

/** What the type alone does not say. */
function remark(schema: JsonSchema): string {
  const { description, minimum, maximum, default: usual } = schema;
  const range = minimum === undefined && maximum === undefined
    ? ""
    : maximum === undefined
    ? `at least ${minimum}`
    : `from ${minimum} to ${maximum}`;
  const told = usual === undefined || usual === ""
    ? ""
    : `default ${JSON.stringify(usual)}`;
  const words = [description, range, told].filter(Boolean).join("; ");
  return words === "" ? "" : `  // ${words}`;
}

function field(
  name: string,
  schema: JsonSchema,
  required: boolean,
  indent: string,
): Html {
  const key = /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name);
  const type = typeText(schema, indent);
  return html`${indent}${key}${required ? "" : "?"}: ${type}<i>${
    remark(schema)
  }</i>\n`;
}

function object(schema: JsonSchema, indent: string): Piece {
  const { properties = {}, additionalProperties, required = [] } = schema;
  const fields = Object.entries(properties as Record<string, JsonSchema>);
  if (fields.length === 0) {
    const value = additionalProperties as JsonSchema | undefined;
    return value === undefined || Object.keys(value).length === 0
      ? "object"
      : html`{ [name: string]: ${typeText(value, indent)} }`;
  }
  const deeper = indent + INDENT;
  const lines = fields.map(([name, each]) =>
    field(name, each, (required as string[]).includes(name), deeper)
  );
  return html`{\n${lines}${indent}}`;
}

function list({ items = {}, prefixItems }: JsonSchema, indent: string): Html {
  if (prefixItems !== undefined) {
    const types = schemas(prefixItems).map((each) => typeText(each, indent));
    return html`[${joined(types, ", ")}]`;
  }
  const item = items as JsonSchema;
  const isOne = !["anyOf", "oneOf", "enum"].some((key) => key in item);
  const type = typeText(item, indent);
  return isOne ? html`${type}[]` : html`(${type})[]`;
}

function text({ contentSchema }: JsonSchema, indent: string): Piece {
  return contentSchema === undefined
    ? "string"
    : html`JSON of ${typeText(contentSchema as JsonSchema, indent)}`;
}

function ofType(type: unknown, schema: JsonSchema, indent: string): Piece {
  switch (type) {
    case "object":
      return object(schema, indent);
    case "array":
      return list(schema, indent);
    case "string":
      return text(schema, indent);
    default:
      return String(type ?? "any");
  }
}

/** A schema as a type; references are links within the page. */
export function typeText(schema: JsonSchema, indent = ""): Html {
  const { $ref, type, enum: values, anyOf, oneOf = anyOf } = schema;
  if (typeof $ref === "string") {
    const name = $ref.split("/").at(-1) ?? "";
    return html`<a href="#${name}">${name}</a>`;
  }
  if ("const" in schema) {
    return html`${JSON.stringify(schema.const)}`;
  }
  if (Array.isArray(values)) {
    return joined(values.map((value) => JSON.stringify(value)), " | ");
  }
  if (oneOf !== undefined) {
    return joined(
      schemas(oneOf).map((each) => typeText(each, indent)),
      " | ",
    );
  }
  return joined(
    [type].flat().map((each) => ofType(each, schema, indent)),
    " | ",
  );
}
