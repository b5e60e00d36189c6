import { assertEquals } from "@std/assert";
import { ServerError } from "../../src/errors.ts";
import { testApp } from "../testing/app.ts";
import { failing } from "../testing/fake_inference.ts";

/** One request and the error it gets. */
interface Case {
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly error: string;
}

const INVALID_THINK =
  'invalid think value: "x" (must be "high", "medium", "low", "max", true, or false)';
const WRONG_THINK =
  'think must be a boolean or string ("high", "medium", "low", "max", true, or false)';
const chat = { model: "plain", messages: [{ role: "user", content: "hi" }] };
const generate = { model: "plain", prompt: "hi" };
const image = ["aGk="];

const CASES: readonly Case[] = [
  ...["generate", "chat", "embed", "embeddings", "show", "create", "copy"].map(
    (name) => ({
      path: `/api/${name}`,
      body: undefined,
      status: 400,
      error: "missing request body",
    }),
  ),
  {
    path: "/api/chat",
    body: { ...chat, stream: "x" },
    status: 400,
    error:
      "json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool",
  },
  {
    path: "/api/chat",
    body: { ...chat, top_logprobs: 21 },
    status: 400,
    error: "top_logprobs must be between 0 and 20",
  },
  {
    path: "/api/generate",
    body: { ...generate, think: "x" },
    status: 400,
    error: INVALID_THINK,
  },
  {
    path: "/api/generate",
    body: { ...generate, think: 1 },
    status: 400,
    error: WRONG_THINK,
  },
  {
    path: "/api/chat",
    body: { ...chat, keep_alive: true },
    status: 400,
    error: "Unsupported type: 'bool'",
  },
  {
    path: "/api/embed",
    body: { model: "embedder", input: "x", keep_alive: "5" },
    status: 400,
    error: 'time: missing unit in duration "5"',
  },
  {
    path: "/api/generate",
    body: { prompt: "x" },
    status: 404,
    error: "model '' not found",
  },
  {
    path: "/api/embed",
    body: { input: "x" },
    status: 404,
    error: "model '' not found",
  },
  ...["chat", "show", "embeddings"].map((name) => ({
    path: `/api/${name}`,
    body: {},
    status: 400,
    error: "model is required",
  })),
  ...["generate", "chat"].map((name) => ({
    path: `/api/${name}`,
    body: { ...chat, ...generate, model: "Nobody" },
    status: 404,
    error: "model 'Nobody' not found",
  })),
  ...["embed", "embeddings"].map((name) => ({
    path: `/api/${name}`,
    body: { model: "Nobody", input: "x", prompt: "x" },
    status: 404,
    error: 'model "Nobody" not found, try pulling it first',
  })),
  {
    path: "/api/show",
    body: { model: "nobody" },
    status: 404,
    error: "model 'nobody:latest' not found",
  },
  {
    path: "/api/copy",
    body: { source: "nobody", destination: "x" },
    status: 404,
    error: 'model "nobody" not found',
  },
  {
    path: "/api/copy",
    body: { source: "../x", destination: "x" },
    status: 400,
    error: 'source "../x" is invalid',
  },
  {
    path: "/api/copy",
    body: { source: "plain", destination: "a b" },
    status: 400,
    error: 'destination "a b" is invalid',
  },
  ...["generate", "chat", "embed", "embeddings", "show"].map((name) => ({
    path: `/api/${name}`,
    body: { ...chat, model: "../etc/passwd" },
    status: 400,
    error: "invalid model name",
  })),
  ...["generate", "chat"].map((name) => ({
    path: `/api/${name}`,
    body: { ...chat, ...generate, think: true },
    status: 400,
    error: '"plain" does not support thinking',
  })),
  ...["generate", "chat"].map((name) => ({
    path: `/api/${name}`,
    body: { ...chat, ...generate, model: "embedder" },
    status: 400,
    error: `"embedder" does not support ${name}`,
  })),
  {
    path: "/api/chat",
    body: { ...chat, tools: [{ type: "function" }] },
    status: 400,
    error: "registry.ollama.ai/library/plain:latest does not support tools",
  },
  {
    path: "/api/generate",
    body: { ...generate, suffix: "x", images: image },
    status: 400,
    error:
      "registry.ollama.ai/library/plain:latest does not support insert\nvision",
  },
  {
    path: "/api/chat",
    body: {
      model: "plain",
      messages: [{ role: "user", content: "x", images: image }],
    },
    status: 400,
    error: "registry.ollama.ai/library/plain:latest does not support vision",
  },
  ...["embed", "embeddings"].map((name) => ({
    path: `/api/${name}`,
    body: { model: "plain", input: "x", prompt: "x" },
    status: 400,
    error: '"plain" does not support embeddings',
  })),
  {
    path: "/api/chat",
    body: { ...chat, options: { temperature: "hot" } },
    status: 400,
    error: 'option "temperature" must be of type float32',
  },
  {
    path: "/api/chat",
    body: { ...chat, format: "xml" },
    status: 400,
    error:
      'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object',
  },
  ...["generate", "chat"].flatMap((name) => [
    {
      path: `/api/${name}`,
      body: { ...chat, ...generate, model: "plain:120b-cloud" },
      status: 404,
      error:
        "model 'plain:120b-cloud' not found: this server runs no cloud models",
    },
    {
      path: `/api/${name}`,
      body: { ...chat, ...generate, model: "plain:local:cloud" },
      status: 400,
      error: 'use either :local or :cloud, not both: "plain:local:cloud"',
    },
  ]),
  {
    path: "/api/generate",
    body: { ...generate, raw: true, system: "x" },
    status: 400,
    error: "raw mode does not support template, system, or context",
  },
  {
    path: "/api/embed",
    body: { model: "embedder", input: 5 },
    status: 400,
    error: "invalid input type",
  },
  {
    path: "/api/embed",
    body: { model: "embedder", input: "x", options: { num_ctx: 0 } },
    status: 400,
    error: "input after truncation exceeds maximum context length",
  },
];

Deno.test("POST answers bad requests with Ollama's statuses and texts", async () => {
  for (const { path, body, status, error } of CASES) {
    const { post } = testApp();
    const response = await post(path, body);
    const got = { path, status: response.status, ...await response.json() };
    assertEquals(got, { path, status, error });
    assertEquals(
      response.headers.get("Content-Type"),
      "application/json; charset=utf-8",
    );
  }
});

Deno.test("POST /api/chat tells bad JSON in Go's words, whatever the Content-Type", async () => {
  const cases: readonly [string, string][] = [
    [" \n", "missing request body"],
    ["{", "unexpected EOF"],
    ["x", "invalid character 'x' looking for beginning of value"],
    ["[".repeat(10_001), "exceeded max depth"],
  ];
  for (const [body, error] of cases) {
    const { app } = testApp();
    const response = await app.request("/api/chat", { method: "POST", body });
    assertEquals(response.status, 400);
    assertEquals(await response.json(), { error });
  }
});

const QUEUE_FULL =
  "server busy, please try again.  maximum pending requests exceeded";

Deno.test("POST /api/chat answers 503 and Retry-After when the queue is full", async () => {
  for (const stream of [true, false]) {
    const { post, inference } = testApp();
    inference.script = failing(
      new ServerError("queue_full", QUEUE_FULL, { retryAfter: 1 }),
    );
    const response = await post("/api/chat", { ...chat, stream });
    assertEquals(response.status, 503);
    assertEquals(response.headers.get("Retry-After"), "1");
    assertEquals(await response.json(), { error: QUEUE_FULL });
  }
});

Deno.test("POST /api/generate tells a failure after the first chunk in a line", async () => {
  const { post, inference } = testApp();
  inference.script = failing(new ServerError("engine_died", "it died"), "Hel");
  const response = await post("/api/generate", generate);
  assertEquals(response.status, 200);
  const lines = (await response.text()).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(lines[0].response, "Hel");
  assertEquals(lines.slice(1), [{ error: "it died" }]);
});

Deno.test("POST /api/generate answers 500 to a failure when not streaming", async () => {
  const { post, inference } = testApp();
  inference.script = failing(new ServerError("engine_died", "it died"), "Hel");
  const response = await post("/api/generate", { ...generate, stream: false });
  assertEquals(response.status, 500);
  assertEquals(await response.json(), { error: "it died" });
});

Deno.test("POST /api/chat does not show what a bug says", async () => {
  const { post, inference } = testApp();
  inference.script = () => {
    throw new TypeError("secret");
  };
  const response = await post("/api/chat", chat);
  assertEquals(response.status, 500);
  assertEquals(await response.json(), { error: "internal server error" });
});

Deno.test("POST /api/chat answers 413 to a body that says it is too large", async () => {
  const { app } = testApp();
  const response = await app.request("/api/chat", {
    method: "POST",
    headers: { "Content-Length": String(200 * 2 ** 20) },
    body: "{}",
  });
  assertEquals(response.status, 413);
});

Deno.test("POST /api/chat stops reading a body that turns out too large", async () => {
  let sent = 0;
  const megabyte = new Uint8Array(2 ** 20).fill(32);
  const body = new ReadableStream({
    pull(controller) {
      sent++;
      controller.enqueue(megabyte);
    },
  });
  const { app } = testApp();
  const response = await app.request("/api/chat", { method: "POST", body });
  assertEquals(response.status, 413);
  assertEquals(sent < 110, true);
});

Deno.test("unknown paths and wrong methods are told apart, as text", async () => {
  const { app } = testApp();
  const cases: readonly [string, string, number, string][] = [
    ["GET", "/nothing", 404, "404 page not found"],
    ["POST", "/api/nothing", 404, "404 page not found"],
    ["GET", "/api/chat", 405, "405 method not allowed"],
    ["POST", "/api/tags", 405, "405 method not allowed"],
    ["PUT", "/", 405, "405 method not allowed"],
    ["GET", "/api/delete", 405, "405 method not allowed"],
    [
      "GET",
      `/api/blobs/sha256:${"0".repeat(64)}`,
      405,
      "405 method not allowed",
    ],
    ["POST", "/api/usage", 405, "405 method not allowed"],
  ];
  for (const [method, path, status, text] of cases) {
    const response = await app.request(path, { method });
    const got = [method, path, response.status, await response.text()];
    assertEquals(got, [method, path, status, text]);
    assertEquals(
      response.headers.get("Content-Type")?.startsWith("text/plain"),
      true,
    );
  }
});
