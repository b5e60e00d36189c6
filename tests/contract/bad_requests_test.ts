import { assertEquals } from "@std/assert";
import { testApp } from "../testing/app.ts";

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
  ...([
    ["temperature", "hot", "type float32"],
    ["num_predict", "many", "type integer"],
    ["seed", true, "type integer"],
    ["use_mmap", 1, "type boolean"],
    ["stop", "x", "type array"],
    ["stop", [1], "an array of strings"],
  ] as const).flatMap(([option, value, type]) =>
    ["generate", "chat"].map((name) => ({
      path: `/api/${name}`,
      body: { ...chat, ...generate, options: { [option]: value } },
      status: 400,
      error: `option "${option}" must be of ${type}`,
    }))
  ),
  ...["generate", "chat"].map((name) => ({
    path: `/api/${name}`,
    body: { ...chat, ...generate, format: "xml" },
    status: 400,
    error:
      'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object',
  })),
  ...([
    [true, "Unsupported type: 'bool'"],
    [[1], "Unsupported type: '[]interface {}'"],
    [{}, "Unsupported type: 'map[string]interface {}'"],
    ["x", 'time: invalid duration "x"'],
    ["5", 'time: missing unit in duration "5"'],
  ] as const).map(([keep_alive, error]) => ({
    path: "/api/generate",
    body: { ...generate, keep_alive },
    status: 400,
    error,
  })),
  ...([
    ["GenerateRequest.prompt", { prompt: 1 }, "number", "string"],
    ["GenerateRequest.raw", { raw: "x" }, "string", "bool"],
    ["GenerateRequest.context", { context: "x" }, "string", "[]int"],
    [
      "GenerateRequest.options",
      { options: [] },
      "array",
      "map[string]interface {}",
    ],
  ] as const).map(([field, wrong, given, type]) => ({
    path: "/api/generate",
    body: { ...generate, ...wrong },
    status: 400,
    error:
      `json: cannot unmarshal ${given} into Go struct field ${field} of type ${type}`,
  })),
  ...["template", "system"].map((field) => ({
    path: "/api/generate",
    body: { ...generate, raw: true, [field]: "x" },
    status: 400,
    error: "raw mode does not support template, system, or context",
  })),
  {
    path: "/api/generate",
    body: { ...generate, raw: true, context: [1] },
    status: 400,
    error: "raw mode does not support template, system, or context",
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
    path: "/api/show",
    body: { model: "nobody:local" },
    status: 404,
    error: "model 'nobody:latest' not found",
  },
  ...["generate", "chat"].map((name) => ({
    path: `/api/${name}`,
    body: { ...chat, ...generate, top_logprobs: -1 },
    status: 400,
    error: "top_logprobs must be between 0 and 20",
  })),
  ...["pull", "push"].flatMap((name) => [
    {
      path: `/api/${name}`,
      body: { model: "a b" },
      status: 400,
      error: "invalid model name",
    },
    {
      path: `/api/${name}`,
      body: { model: "a", insecure: "x" },
      status: 400,
      error: `json: cannot unmarshal string into Go struct field ${
        name === "pull" ? "Pull" : "Push"
      }Request.insecure of type bool`,
    },
  ]),
  { path: "/api/push", body: {}, status: 400, error: "model is required" },
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
