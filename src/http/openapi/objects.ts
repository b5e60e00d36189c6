/**
 * Objects of OpenAPI, as far as the document has them
 * (https://spec.openapis.org/oas/v3.1.1.html).
 *
 * @module
 */

import type { JsonSchema } from "./json_schema.ts";

/** Schemas by media type. */
export type ContentObject = Readonly<
  Record<string, { readonly schema?: JsonSchema; readonly example?: unknown }>
>;

/** A place in the path, or a parameter of the query. */
export interface ParameterObject {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** An answer. */
export interface ResponseObject {
  readonly description: string;
  readonly headers: Readonly<Record<string, JsonSchema>>;
  readonly content?: ContentObject;
}

/** What a method of a path does. */
export interface OperationObject {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: {
    readonly required: true;
    readonly content: ContentObject;
  };
  /** By status. */
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly security?: readonly JsonSchema[];
}

/** Operations by path, and there by method. */
export type Paths = Readonly<
  Record<string, Readonly<Record<string, OperationObject>>>
>;
