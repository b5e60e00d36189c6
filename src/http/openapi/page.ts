/**
 * The OpenAPI document as a page: one file without scripts that loads nothing.
 *
 * @module
 */

import { html, raw } from "@hono/hono/html";
import type { OpenApiDocument } from "./document.ts";
import type { JsonSchema } from "./json_schema.ts";
import type {
  ContentObject,
  OperationObject,
  ResponseObject,
} from "./objects.ts";
import { PAGE_STYLE } from "./page_style.ts";
import { type Html, typeText } from "./type_text.ts";

/** Schemas of the document, by name. */
type NamedSchemas = OpenApiDocument["components"]["schemas"];

/** A method of a path. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

function routesOf({ paths }: OpenApiDocument, section: string): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => (
      { method: name.toUpperCase(), path, operation }
    ))
  ).filter(({ operation }) => operation.tags.includes(section));
}

/** Where on the page a route is. */
function anchorOf({ method, path }: Route): string {
  return `${method}-${path}`;
}

/** A schema, and behind a name what it stands for. */
function typeBlock(schema: JsonSchema, named: NamedSchemas): Html {
  const meaning = named[String(schema.$ref).split("/").at(-1) ?? ""];
  return html`<pre>${typeText(schema)}${
    meaning === undefined ? "" : html`
      ${typeText(meaning)}
    `
  }</pre>`;
}

function bodies(content: ContentObject, named: NamedSchemas): Html[] {
  return Object.entries(content).map(([type, { schema }]) =>
    html`<p class="dim">${type}</p>${
      schema === undefined ? "" : typeBlock(schema, named)
    }`
  );
}

function parameterTable({ parameters = [] }: OperationObject): Html | "" {
  const rows = parameters.map(({ name, required, schema }) =>
    html`
      <tr>
        <td><code>${name}${required ? "" : "?"}</code></td>
        <td><code>${typeText(schema)}</code></td>
        <td>${String(schema.description ?? "")}</td>
      </tr>
    `
  );
  return rows.length === 0 ? "" : html`
    <h3>Parameters</h3>
    <table>${rows}</table>
  `;
}

function requestBody(
  { requestBody }: OperationObject,
  named: NamedSchemas,
): Html | "" {
  return requestBody === undefined
    ? ""
    : html`<h3>Body</h3>${bodies(requestBody.content, named)}`;
}

/** The command that sends the example. */
function example({ method, path, operation }: Route): Html | "" {
  const { "application/json": json } = operation.requestBody?.content ?? {};
  if (json?.example === undefined) {
    return "";
  }
  const body = JSON.stringify(json.example, null, 2);
  return html`
    <h3>Example</h3>
    <pre>curl ${method === "POST"
      ? ""
      : `-X ${method} `}localhost:11434${path} -d '${body}'</pre>
  `;
}

function answers(operation: OperationObject, named: NamedSchemas): Html {
  const all = Object.entries(operation.responses);
  const isError = ([status]: [string, ResponseObject]) => status >= "400";
  const good = all.filter((each) => !isError(each)).map(([status, response]) =>
    html`<h3>Answer ${status}</h3>${
      response.content === undefined
        ? html`<p class="dim">without a body</p>`
        : bodies(response.content, named)
    }`
  );
  const errors = all.filter(isError).map(([status, response]) =>
    html`
      <tr>
        <td>${status}</td>
        <td>${response.description}</td>
      </tr>
    `
  );
  const shape = all.find(isError)?.[1].content?.["application/json"]?.schema;
  return html`${good}<h3>Errors</h3><table>${errors}</table><p>as ${
    typeText(shape ?? {})
  }</p>`;
}

function operationPart(route: Route, named: NamedSchemas): Html {
  const { method, path, operation } = route;
  const { description } = operation;
  const parts = [
    description === undefined ? "" : html`<p>${description}</p>`,
    parameterTable(operation),
    requestBody(operation, named),
    example(route),
    answers(operation, named),
  ];
  // Browsers open a part that a link leads into.
  return html`
    <details>
      <summary>
        <code class="method">${method}</code> <code>${path}</code>
        <span class="dim">${operation.summary}</span>
      </summary>
      <div id="${anchorOf(route)}">${parts}</div>
    </details>
  `;
}

function contents(name: string, routes: readonly Route[]): Html {
  const links = routes.map((route) =>
    html`
      <li><a href="#${anchorOf(route)}">${route.method} ${route.path}</a></li>
    `
  );
  return html`
    <a href="#${name}"><strong>${name}</strong></a><ol>${links}</ol>
  `;
}

function schemaPart([name, schema]: [string, JsonSchema]): Html {
  return html`
    <h3 id="${name}">${name}</h3>
    <pre>${typeText(schema)}</pre>
  `;
}

/** The page. */
export function documentPage(document: OpenApiDocument): Html {
  const { info, tags, components } = document;
  const sections = tags.map((tag) => ({
    ...tag,
    routes: routesOf(document, tag.name),
  }));
  const schemas = Object.entries(components.schemas);
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${info.title} API</title>
        <style>${raw(PAGE_STYLE)}</style>
      </head>
      <body>
        <div class="page">
          <nav>${sections.map(({ name, routes }) =>
            contents(name, routes)
          )}<a href="#Schemas"><strong>Schemas</strong></a></nav>
          <main>
    <h1>${info.title} API <span class="dim">${info.version}</span></h1>
    <p>${info.description}</p>
    <p>For programs: <a href="openapi.json">openapi.json</a></p>
    ${sections.map(({ name, description, routes }) =>
      html`<section><h2 id="${name}">${name}</h2><p>${description}</p>
${routes.map((route) => operationPart(route, components.schemas))}</section>`
    )}<h2 id="Schemas">Schemas</h2>
    ${schemas.map(schemaPart)}</main>
        </div>
      </body>
    </html>
  `;
}
