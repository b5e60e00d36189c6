/**
 * The schemas that check requests, as JSON Schema in OpenAPI's dialect.
 *
 * @module
 */

import {
  type ConversionConfig,
  toJsonSchema,
  toJsonSchemaDefs,
} from "@valibot/to-json-schema";
import type * as v from "valibot";
import { isStruct } from "../../protocol/go_struct.ts";

/** A JSON Schema (https://json-schema.org/draft/2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas by the names they have in the document. */
export type NamedSchemas = Readonly<Record<string, v.GenericSchema>>;

/** The schema, or null. */
function orNull(schema: JsonSchema): JsonSchema {
  const { default: usual, ...plain } = schema;
  if (Object.keys(plain).length === 0) {
    return schema;
  }
  const either = "type" in plain && !("enum" in plain)
    ? { ...plain, type: [plain.type, "null"].flat() }
    : { anyOf: [plain, { type: "null" }] };
  return usual === undefined ? either : { ...either, default: usual };
}

/** Every field of a struct may be null. */
function ofStruct(schema: JsonSchema): JsonSchema {
  const fields = Object.entries(schema.properties as JsonSchema);
  return {
    ...schema,
    properties: Object.fromEntries(
      fields.map(([name, field]) => [name, orNull(field as JsonSchema)]),
    ),
  };
}

type Override = NonNullable<ConversionConfig["overrideSchema"]>;

const overrideSchema: Override = ({ valibotSchema, jsonSchema }) => {
  const schema = jsonSchema as JsonSchema;
  if (valibotSchema.type === "custom") {
    return { type: "object" };
  }
  if (valibotSchema.type === "nullish" || valibotSchema.type === "nullable") {
    const { anyOf, ...rest } = schema;
    const [wrapped] = anyOf as readonly JsonSchema[];
    return { ...orNull(wrapped ?? {}), ...rest };
  }
  return isStruct(valibotSchema) ? ofStruct(schema) : undefined;
};

const CONFIG: ConversionConfig = {
  target: "draft-2020-12",
  // A struct's pipe begins with the check that it is an object at all.
  typeMode: "output",
  // JSON Schema has no infinity; other checks are described where they are,
  // and what a value is turned into is nobody's business.
  ignoreActions: ["finite", "check", "transform"],
  overrideSchema,
};

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** Converts schemas; those that have names are referred to by them. */
export class SchemaConverter {
  /** The named schemas, converted. */
  readonly components: Readonly<Record<string, JsonSchema>>;
  readonly #names: ReadonlyMap<v.GenericSchema, string>;

  constructor(named: NamedSchemas) {
    const components = toJsonSchemaDefs(named, {
      ...CONFIG,
      overrideRef: ({ referenceId }) => refTo(referenceId),
    });
    this.components = components as Record<string, JsonSchema>;
    this.#names = new Map(
      Object.entries(named).map(([name, schema]) => [schema, name]),
    );
  }

  /** A reference to a named schema, or a schema written out. */
  convert(schema: v.GenericSchema): JsonSchema {
    const name = this.#names.get(schema);
    if (name !== undefined) {
      return { $ref: refTo(name) };
    }
    const { $schema: _, ...written } = toJsonSchema(schema, CONFIG);
    return written;
  }
}
