import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ErrorKind, ServerError } from "../../src/errors.ts";
import type { ModelStore } from "../../src/models/store.ts";
import { PROMPT_TOO_LONG } from "../../src/runtime/request_failure.ts";
import { testApp } from "../testing/app.ts";
import { failing } from "../testing/fake_inference.ts";

const chat = { model: "plain", messages: [{ role: "user", content: "hi" }] };
const generate = { model: "plain", prompt: "hi" };

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

const FAILURES: readonly (readonly [ErrorKind, number, string])[] = [
  ["bad_request", 400, PROMPT_TOO_LONG],
  ["cancelled", 499, "request canceled"],
  ["load_failed", 500, "llama-server process has terminated: exit status 1"],
  ["load_failed", 500, "timed out waiting for llama-server to start - x"],
  ["engine_died", 500, "model runner has unexpectedly stopped: x"],
  [
    "internal",
    500,
    "an error was encountered while running the model: no room",
  ],
];

Deno.test("POST answers failures before the first chunk with their status", async () => {
  for (const [kind, status, error] of FAILURES) {
    for (const path of ["generate", "chat"]) {
      for (const stream of [true, false]) {
        const { post, inference } = testApp();
        inference.script = failing(new ServerError(kind, error));
        const body = { ...chat, ...generate, stream };
        const response = await post(`/api/${path}`, body);
        assertEquals(
          [response.status, await response.json()],
          [status, { error }],
        );
      }
    }
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

Deno.test("a disk that takes nothing is told of, and what to do", async () => {
  const cases = [
    ["ENOSPC", "make room"],
    ["EROFS", "has to be writable"],
    ["EACCES", "permission denied"],
  ] as const;
  for (const [code, text] of cases) {
    const refused = Object.assign(new Error("os error"), { code });
    const store = {
      hasBlob: () => Promise.resolve(false),
      writeBlob: () => Promise.reject(refused),
    } as unknown as ModelStore;
    const { post } = testApp({ store });
    const response = await post(`/api/blobs/sha256:${"a".repeat(64)}`, {});
    assertEquals(response.status, 500);
    assertStringIncludes((await response.json()).error, text);
  }
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
  const cases: readonly [string, string, string | null][] = [
    ["GET", "/nothing", null],
    ["POST", "/api/nothing", null],
    ["GET", "/api/chat", "POST"],
    ["POST", "/api/tags", "GET, HEAD"],
    ["PUT", "/", "GET, HEAD"],
    ["GET", "/api/delete", "DELETE"],
    ["GET", `/api/blobs/sha256:${"0".repeat(64)}`, "HEAD, POST"],
    ["POST", "/api/usage", "GET, HEAD"],
  ];
  for (const [method, path, allow] of cases) {
    const response = await app.request(path, { method });
    const [status, text] = allow === null
      ? [404, "404 page not found"]
      : [405, "405 method not allowed"];
    const got = [method, path, response.status, await response.text()];
    assertEquals(got, [method, path, status, text]);
    assertEquals(response.headers.get("Allow"), allow);
    assertEquals(
      response.headers.get("Content-Type")?.startsWith("text/plain"),
      true,
    );
  }
});

Deno.test("a wrong method is told which ones there are", async () => {
  const { app } = testApp();
  const allowed = async (method: string, path: string) =>
    (await app.request(path, { method })).headers.get("Allow");
  assertEquals(await allowed("GET", "/api/chat"), "POST");
  assertEquals(await allowed("POST", "/api/tags"), "GET, HEAD");
  assertEquals(await allowed("GET", "/v1/messages"), "POST");
  const blob = `/api/blobs/sha256:${"0".repeat(64)}`;
  assertEquals(await allowed("GET", blob), "HEAD, POST");
});

Deno.test("an unknown route is told of in the dialect's own shape", async () => {
  const { app } = testApp();
  const plain = await app.request("/api/nothing");
  assertEquals([plain.status, await plain.text()], [404, "404 page not found"]);
  const openai = await app.request("/v1/nothing", { method: "POST" });
  assertEquals(openai.status, 404);
  assertEquals(await openai.json(), {
    error: {
      message: "there is no POST /v1/nothing here",
      type: "not_found_error",
      param: null,
      code: null,
    },
  });
  const anthropic = await app.request("/v1/messages/nothing");
  assertEquals(anthropic.status, 404);
  assertEquals(await anthropic.json(), {
    type: "error",
    error: {
      type: "not_found_error",
      message: "there is no GET /v1/messages/nothing here",
    },
  });
});
