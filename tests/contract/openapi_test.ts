import { assert, assertEquals, assertMatch } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createKey } from "../../src/usage/keys/key_file.ts";
import { Keyring } from "../../src/usage/keys/keyring.ts";
import { testApp } from "../testing/app.ts";

type App = ReturnType<typeof testApp>["app"];
type Schema = Record<string, unknown>;

interface Document {
  readonly security: readonly object[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}

interface Operation {
  readonly security?: readonly object[];
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema?: Schema }>;
  };
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly schema: Schema }> }
  >;
}

async function documentOf(app: App): Promise<Document> {
  const response = await app.request("/openapi.json");
  assertEquals(response.status, 200);
  return await response.json();
}

/** Routes with their places unnamed; Hono dispatches HEAD as GET. */
function routeOf(method: string, path: string): string {
  const unnamed = path.replaceAll(/:\w+(?:\{.+\})?|\{\w+\}|\*/g, "{}");
  return `${method.toUpperCase().replace("HEAD", "GET")} ` +
    unnamed.replace(/(?<=.)\/$/, "");
}

/** The schema without room for fields that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(closed);
  }
  if (typeof schema !== "object" || schema === null) {
    return schema;
  }
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  return "properties" in inner && !("additionalProperties" in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** Throws unless the value is as a schema of the document says, and no more. */
function check({ components }: Document, schema: Schema, value: unknown) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile(
    closed({ ...schema, components }) as Schema,
  );
  validate(value);
  assertEquals(validate.errors ?? [], [], JSON.stringify(value));
}

Deno.test("the document has every route and no other", async () => {
  const { app } = testApp();
  const { paths } = await documentOf(app);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => routeOf(method, path))
  );
  const routes = app.routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => routeOf(method, path));
  assertEquals(
    [...new Set(operations)].sort(),
    [...new Set(routes)].sort(),
  );
});

const messages = [{ role: "user", content: "hi" }];
const stream = false;

const ASKED: readonly [string, string, object?][] = [
  ["POST", "/api/generate", { model: "plain", prompt: "hi", stream }],
  ["POST", "/api/generate", { model: "plain", stream }],
  ["POST", "/api/chat", { model: "plain", messages, stream }],
  ["POST", "/api/embed", { model: "embedder", input: "hi" }],
  ["POST", "/api/embeddings", { model: "embedder", prompt: "hi" }],
  ["POST", "/api/tokenize", { model: "plain", text: "hi" }],
  ["POST", "/api/detokenize", { model: "plain", tokens: [1] }],
  ["GET", "/api/tags"],
  ["POST", "/api/show", { model: "tuned", verbose: true }],
  ["GET", "/api/ps"],
  ["GET", "/api/version"],
  ["GET", "/api/status"],
  ["GET", "/api/usage?details=true&live=true&check=true"],
  ["GET", "/api/usage?group_by=model,key&bucket=hour"],
  ["GET", "/v1/organization/usage/completions?start_time=0&limit=1"],
  ["POST", "/v1/chat/completions", { model: "plain", messages }],
  ["POST", "/v1/chat/completions/input_tokens", { model: "plain", messages }],
  ["POST", "/v1/completions", { model: "plain", prompt: "hi" }],
  ["POST", "/v1/responses", { model: "plain", input: "hi" }],
  ["POST", "/v1/responses/input_tokens", { model: "plain", input: "hi" }],
  ["POST", "/v1/embeddings", { model: "embedder", input: "hi" }],
  ["GET", "/v1/models"],
  ["POST", "/v1/messages", { model: "plain", messages, max_tokens: 5 }],
  ["POST", "/v1/messages/count_tokens", { model: "plain", messages }],
  ["GET", "/health"],
  ["GET", "/props?model=plain"],
  ["GET", "/slots"],
  ["POST", "/v1/rerank", { model: "ranker", query: "a", documents: ["b"] }],
  ["POST", "/rerank", { model: "ranker", query: "a", texts: ["b"] }],
  ["POST", "/api/rerank", { model: "ranker", query: "a", documents: ["b"] }],
  ["GET", "/models"],
  ["POST", "/infill", {
    model: "filler",
    input_prefix: "a",
    input_suffix: "b",
  }],
  ["POST", "/completion", { model: "plain", prompt: "hi" }],
  ["POST", "/completion", { model: "plain", prompt: ["hi", "ho"] }],
  ["POST", "/chat/completions", { model: "plain", messages }],
  ["POST", "/embedding", { model: "embedder", content: "hi" }],
  ["POST", "/tokenize", { model: "plain", content: "a", with_pieces: true }],
  ["POST", "/detokenize", { model: "plain", tokens: [1] }],
  ["POST", "/apply-template", { model: "plain", messages }],
];

for (const [method, url, body] of ASKED) {
  Deno.test(`${method} ${url} takes and answers what the document says`, async () => {
    const { app } = testApp();
    const document = await documentOf(app);
    const path = url.replace(/\?.*/, "");
    const operation = document.paths[path]?.[method.toLowerCase()];
    const taken = operation?.requestBody?.content["application/json"]?.schema;
    assertEquals(taken === undefined, body === undefined);
    if (taken !== undefined) {
      check(document, taken, body);
    }
    const response = await app.request(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assertEquals(response.status, 200, text);
    const given = operation?.responses[200]?.content?.["application/json"];
    check(document, given?.schema ?? {}, JSON.parse(text));
  });
}

Deno.test("models are as the document says for Anthropic's clients, too", async () => {
  const { app } = testApp();
  const document = await documentOf(app);
  const headers = { "anthropic-version": "2023-06-01" };
  const ask = async (path: string) =>
    await (await app.request(path, { headers })).json();
  const { schemas } = document.components;
  const list = await ask("/v1/models");
  check(document, schemas.AnthropicModelList ?? {}, list);
  check(document, schemas.AnthropicModel ?? {}, await ask("/v1/models/plain"));
});

Deno.test("errors are as the document says, in every dialect", async () => {
  const { app, post } = testApp();
  const document = await documentOf(app);
  const paths = [
    "/api/chat",
    "/v1/completions",
    "/v1/messages",
    "/completion",
  ];
  for (const path of paths) {
    const response = await post(path, { model: 5 });
    assertEquals(response.status, 400);
    const { post: operation } = document.paths[path] ?? {};
    const error = operation?.responses[400]?.content?.["application/json"];
    check(document, error?.schema ?? {}, await response.json());
  }
});

Deno.test("the document says whether keys are needed, and where", async () => {
  const open = await documentOf(testApp().app);
  assertEquals(open.security[0], {});
  const path = `${await Deno.makeTempDir()}/keys.json`;
  createKey(path, { name: "ann", admin: false, tokens: {}, requests: {} });
  const { app } = testApp({ keyring: new Keyring(path) });
  const { security, paths } = await documentOf(app);
  assertEquals(security, [{ bearer: [] }, { apiKey: [] }]);
  assertEquals(paths["/health"]?.get?.security, []);
  assertEquals(paths["/api/tags"]?.get?.security, undefined);
  assertEquals((await app.request("/docs")).status, 200);
});

Deno.test("the page shows every route and loads nothing", async () => {
  const { app } = testApp();
  const { paths } = await documentOf(app);
  const response = await app.request("/docs");
  const page = await response.text();
  assertMatch(response.headers.get("Content-Type") ?? "", /^text\/html/);
  assertMatch(
    response.headers.get("Content-Security-Policy") ?? "",
    /default-src 'none'/,
  );
  for (const path of Object.keys(paths)) {
    assert(page.includes(`<code>${path}</code>`), path);
  }
  assertEquals(page.match(/<script|<link|src=|href="(?!#|openapi)/g), null);
  const anchors = new Set(
    [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]),
  );
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) {
    assert(anchors.has(target), target);
  }
});
