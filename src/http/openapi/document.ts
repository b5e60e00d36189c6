/**
 * The OpenAPI document of the whole server
 * (https://spec.openapis.org/oas/v3.1.1.html).
 *
 * @module
 */

import type * as v from "valibot";
import * as anthropicTypes from "../../protocol/anthropic_types.ts";
import * as llamaServerTypes from "../../protocol/llama_types.ts";
import * as ollamaTypes from "../../protocol/ollama_types.ts";
import * as responseTypes from "../../protocol/openai_response_types.ts";
import * as openaiTypes from "../../protocol/openai_types.ts";
import * as rerankTypes from "../../protocol/rerank.ts";
import * as tokenTypes from "../../protocol/token_types.ts";
import * as anthropic from "./anthropic_section.ts";
import * as errors from "./errors.ts";
import { type NamedSchemas, SchemaConverter } from "./json_schema.ts";
import * as llamaServerAnswers from "./llama_server_answers.ts";
import { LLAMA_SERVER_SECTION } from "./llama_server_section.ts";
import * as ollamaAnswers from "./ollama_answers.ts";
import { MODELS_SECTION, OLLAMA_SECTION } from "./ollama_section.ts";
import * as openaiAnswers from "./openai_answers.ts";
import { OPENAI_SECTION } from "./openai_section.ts";
import type { OperationObject, Paths } from "./objects.ts";
import type { Section } from "./operation.ts";
import { HEADERS, writeOperation } from "./operation_writer.ts";
import * as rerank from "./rerank_section.ts";
import * as responses from "./responses_section.ts";
import { SERVER_SECTION } from "./server_section.ts";
import * as usage from "./usage_section.ts";

/** Every route, in the order of the page. */
const SECTIONS: readonly Section[] = [
  OLLAMA_SECTION,
  MODELS_SECTION,
  OPENAI_SECTION,
  responses.RESPONSES_SECTION,
  anthropic.ANTHROPIC_SECTION,
  rerank.RERANK_SECTION,
  usage.USAGE_SECTION,
  LLAMA_SERVER_SECTION,
  SERVER_SECTION,
];

/** Whose schemas have in the document the names they are exported by. */
const MODULES: readonly object[] = [
  ollamaTypes,
  ollamaAnswers,
  openaiTypes,
  openaiAnswers,
  responseTypes,
  responses,
  anthropicTypes,
  anthropic,
  tokenTypes,
  rerankTypes,
  rerank,
  llamaServerTypes,
  llamaServerAnswers,
  usage,
  errors,
];

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === "object" && value !== null && "kind" in value &&
    value.kind === "schema";
}

function namedSchemas(): NamedSchemas {
  const exported = MODULES.flatMap((each) => Object.entries(each));
  return Object.fromEntries(exported.filter(([, value]) => isSchema(value)));
}

/** Operations by path, and there by method. */
function paths(converter: SchemaConverter): Paths {
  const byPath: Record<string, Record<string, OperationObject>> = {};
  for (const { name, operations } of SECTIONS) {
    for (const [route, operation] of Object.entries(operations)) {
      const [method = "", path = ""] = route.split(" ");
      byPath[path] ??= {};
      byPath[path][method.toLowerCase()] = writeOperation(
        converter,
        name,
        path,
        operation,
      );
    }
  }
  return byPath;
}

const DESCRIPTION = `An LLM server that speaks Ollama's API, OpenAI's and
Anthropic's. Unknown fields are ignored; the names of fields below /api may be
written in any case. A method that a path does not know is answered 405.`;

const SCHEMES = {
  bearer: { type: "http", scheme: "bearer" },
  apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
};

/** The document. */
export type OpenApiDocument = ReturnType<typeof openApiDocument>;

/** The document; without keys none has to be sent. */
export function openApiDocument(version: string, needsKeys: boolean) {
  const converter = new SchemaConverter(namedSchemas());
  return {
    openapi: "3.1.1",
    info: {
      title: "Tally",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: SECTIONS.map(({ name, description }) => ({ name, description })),
    security: [
      ...(needsKeys ? [] : [{}]),
      ...Object.keys(SCHEMES).map((name) => ({ [name]: [] })),
    ],
    paths: paths(converter),
    components: {
      schemas: converter.components,
      headers: HEADERS,
      securitySchemes: SCHEMES,
    },
  };
}
