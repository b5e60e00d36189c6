/**
 * Writes operations as OpenAPI has them
 * (https://spec.openapis.org/oas/v3.1.1.html#operation-object).
 *
 * @module
 */

import type * as v from "valibot";
import { type Dialect, dialectOf } from "../../protocol/error_bodies.ts";
import { accessTo } from "../access.ts";
import { ERROR_OF, errorsByStatus } from "./errors.ts";
import type { JsonSchema, SchemaConverter } from "./json_schema.ts";
import type {
  ContentObject,
  OperationObject,
  ParameterObject,
  ResponseObject,
} from "./objects.ts";
import { type Content, json, type Operation } from "./operation.ts";

/** Headers of answers that the document describes. */
export const HEADERS = {
  "X-Request-Id": {
    description: "Id of the answer, or of the request",
    schema: { type: "string" },
  },
  "Retry-After": {
    description: "Seconds after which trying again makes sense",
    schema: { type: "integer" },
  },
};

/** Statuses after which it may be tried again. */
const TEMPORARY: readonly number[] = [429, 503];

function headersOf(status: number): ResponseObject["headers"] {
  const names: (keyof typeof HEADERS)[] = TEMPORARY.includes(status)
    ? ["X-Request-Id", "Retry-After"]
    : ["X-Request-Id"];
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

/** What an answer means that is no error of the request's. */
function wordsFor(status: number): string {
  switch (status) {
    case 201:
      return "Made";
    case 304:
      return "What the client has is as new";
    default:
      return status < 300 ? "Done" : "What was asked for is not done here";
  }
}

/** Writes the parts of operations of one dialect. */
class OperationWriter {
  readonly #converter: SchemaConverter;
  readonly #dialect: Dialect;

  constructor(converter: SchemaConverter, dialect: Dialect) {
    this.#converter = converter;
    this.#dialect = dialect;
  }

  body({ body, bodyType, example }: Operation): ContentObject | undefined {
    if (body === undefined) {
      return bodyType === undefined ? undefined : { [bodyType]: {} };
    }
    const schema = this.#converter.convert(body);
    const type = "application/json";
    return {
      [type]: { schema, ...(example === undefined ? {} : { example }) },
    };
  }

  parameters({ path = {}, query = {} }: Operation): ParameterObject[] {
    return [...this.#places("path", path), ...this.#places("query", query)];
  }

  responses(
    operation: Operation,
    needsKey: boolean,
  ): Record<string, ResponseObject> {
    const errors = json(ERROR_OF[this.#dialect]);
    const written = (status: number, description: string, content: Content) =>
      [status, {
        description,
        headers: headersOf(status),
        ...this.#content(content),
      }] as const;
    return Object.fromEntries([
      ...[...errorsByStatus(operation, needsKey)]
        .map(([status, words]) => written(status, words, errors)),
      ...Object.entries(operation.answers).map(([status, content]) =>
        written(Number(status), wordsFor(Number(status)), content)
      ),
    ]);
  }

  #places(
    place: ParameterObject["in"],
    schemas: Readonly<Record<string, v.GenericSchema>>,
  ): ParameterObject[] {
    return Object.entries(schemas).map(([name, schema]) => ({
      name,
      in: place,
      required: schema.type !== "optional",
      schema: this.#converter.convert(schema),
    }));
  }

  #content(content: Content): { content?: ContentObject } {
    const types = Object.entries(content).map(([type, schema]) => {
      const converted = this.#converter.convert(schema);
      return [type, { schema: this.#itemOf(type, converted) }] as const;
    });
    return types.length === 0 ? {} : { content: Object.fromEntries(types) };
  }

  /** In OpenAPI 3.1 the schema of a stream is that of its items. */
  #itemOf(type: string, schema: JsonSchema): JsonSchema {
    const error = this.#converter.convert(ERROR_OF[this.#dialect]);
    const item = { anyOf: [schema, error] };
    switch (type) {
      case "application/x-ndjson":
        return item;
      case "text/event-stream":
        return eventOf(item, this.#dialect);
      default:
        return schema;
    }
  }
}

/** A server-sent event whose data is JSON; OpenAI's last one is not. */
function eventOf(item: JsonSchema, dialect: Dialect): JsonSchema {
  const data = {
    type: "string",
    contentMediaType: "application/json",
    contentSchema: item,
  };
  return {
    type: "object",
    properties: {
      event: { type: "string" },
      data: dialect === "anthropic"
        ? data
        : { anyOf: [data, { const: "[DONE]" }] },
    },
    required: ["data"],
  };
}

/** The operation at a path, in a section. */
export function writeOperation(
  converter: SchemaConverter,
  section: string,
  path: string,
  operation: Operation,
): OperationObject {
  const writer = new OperationWriter(converter, dialectOf(path));
  const access = accessTo(path);
  const parameters = writer.parameters(operation);
  const content = writer.body(operation);
  return {
    tags: [section],
    summary: operation.summary,
    ...(access === "admin"
      ? { description: "Once there are keys it takes one made with --admin." }
      : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined
      ? {}
      : { requestBody: { required: true, content } }),
    responses: writer.responses(operation, access !== "open"),
    ...(access === "open" ? { security: [] } : {}),
  };
}
