import { assertEquals } from "@std/assert";
import { testApp } from "../testing/app.ts";

Deno.test("GET / says what clients look for", async () => {
  const { app } = testApp();
  const response = await app.request("/");
  assertEquals(await response.text(), "Ollama is running");
  const head = await app.request("/", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("GET /api/version answers a version clients can compare, and Server names this program", async () => {
  const { app } = testApp();
  for (const method of ["GET", "HEAD"]) {
    const response = await app.request("/api/version", { method });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("Server"), "tally/1.2.3");
  }
  const { version, ...rest } = await (await app.request("/api/version")).json();
  assertEquals(/^\d+\.\d+\.\d+$/.test(version), true);
  assertEquals(rest, {});
});

Deno.test("GET /api/status says that there is no cloud", async () => {
  const { app } = testApp();
  const response = await app.request("/api/status");
  assertEquals(await response.json(), {
    cloud: { disabled: true, source: "config" },
  });
});

Deno.test("what only Ollama's cloud could do is refused in its words", async () => {
  const cases: readonly [string, string, number, string][] = [
    [
      "POST",
      "/api/me",
      503,
      "account unavailable: Tally does not use Ollama's cloud",
    ],
    ["POST", "/api/signout", 401, "you are not currently signed in"],
    ["DELETE", "/api/user/keys/a2V5", 401, "you are not currently signed in"],
    [
      "POST",
      "/api/experimental/web_search",
      403,
      "ollama cloud is disabled: web search is unavailable",
    ],
    [
      "POST",
      "/api/experimental/web_fetch",
      403,
      "ollama cloud is disabled: web fetch is unavailable",
    ],
  ];
  const { app } = testApp();
  for (const [method, path, status, error] of cases) {
    const response = await app.request(path, { method });
    assertEquals([response.status, await response.json()], [status, { error }]);
  }
});

Deno.test("a path with slashes too many is shown the way, methods kept", async () => {
  const { app } = testApp();
  const cases = [
    ["//api/tags", "/api/tags"],
    ["/api/tags/?a=1", "/api/tags?a=1"],
    ["//evil.example/", "/evil.example"],
  ] as const;
  for (const [path, location] of cases) {
    const response = await app.request(`http://localhost${path}`, {
      method: "POST",
    });
    assertEquals(response.status, 307);
    assertEquals(response.headers.get("Location"), location);
  }
});

Deno.test("an empty Origin is none", async () => {
  const { app } = testApp();
  const headers = { Origin: "" };
  const response = await app.request("/api/version", { headers });
  assertEquals(response.status, 200);
});

Deno.test("a foreign Host gets 403 without a body on a loopback address", async () => {
  const { app } = testApp();
  const headers = { Host: "evil.example" };
  const response = await app.request("/api/tags", { headers });
  assertEquals([response.status, await response.text()], [403, ""]);
});

Deno.test("any Host is served on a public address", async () => {
  const { app } = testApp({ environment: { OLLAMA_HOST: "0.0.0.0" } });
  const headers = { Host: "evil.example" };
  const response = await app.request("/api/tags", { headers });
  assertEquals(response.status, 200);
});

Deno.test("a foreign Origin gets 403 without a body", async () => {
  const { app } = testApp();
  for (
    const Origin of [
      "https://evil.example",
      "http://localhost.evil.example",
      "null",
      "chrome-extension://abc",
    ]
  ) {
    const response = await app.request("/api/tags", { headers: { Origin } });
    assertEquals([response.status, await response.text()], [403, ""], Origin);
  }
});

Deno.test("local pages, shells and configured origins are allowed", async () => {
  const { app } = testApp({
    environment: { OLLAMA_ORIGINS: "https://*.example,http://one.example:8" },
  });
  for (
    const Origin of [
      "http://localhost",
      "http://LOCALHOST:3000",
      "https://127.0.0.1:8443",
      "http://0.0.0.0:1",
      "app://obsidian.md",
      "vscode-webview://x",
      "https://a.b.example",
      "http://one.example:8",
    ]
  ) {
    const response = await app.request("/api/tags", { headers: { Origin } });
    assertEquals(response.status, 200, Origin);
    assertEquals(response.headers.get("Access-Control-Allow-Origin"), Origin);
    assertEquals(response.headers.get("Vary"), "Origin");
  }
});

Deno.test("a page of the server's own address is allowed", async () => {
  const { app } = testApp({ environment: { OLLAMA_HOST: "0.0.0.0" } });
  const headers = { Host: "box.example:1", Origin: "http://box.example:1" };
  const response = await app.request("/api/tags", { headers });
  assertEquals(response.status, 200);
});

Deno.test("OLLAMA_ORIGINS=* allows every page", async () => {
  const { app } = testApp({ environment: { OLLAMA_ORIGINS: "*" } });
  const headers = { Origin: "https://any.example" };
  const response = await app.request("/api/tags", { headers });
  assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
});

Deno.test("errors carry the CORS headers, so that pages can read them", async () => {
  const { app } = testApp();
  const response = await app.request("/api/chat", {
    method: "POST",
    headers: { Origin: "http://localhost:3000" },
    body: "{",
  });
  assertEquals(response.status, 400);
  assertEquals(
    response.headers.get("Access-Control-Allow-Origin"),
    "http://localhost:3000",
  );
});

Deno.test("OPTIONS tells browsers what they may send", async () => {
  const { app } = testApp();
  const response = await app.request("/api/chat", {
    method: "OPTIONS",
    headers: {
      Origin: "http://localhost:3000",
      "Access-Control-Request-Method": "POST",
    },
  });
  assertEquals([response.status, await response.text()], [204, ""]);
  const allowed = response.headers.get("Access-Control-Allow-Headers") ?? "";
  const names = allowed.toLowerCase().split(",");
  for (
    const name of [
      "authorization",
      "content-type",
      "x-stainless-retry-count",
      "x-api-key",
      "anthropic-version",
    ]
  ) {
    assertEquals(names.includes(name), true, name);
  }
  const methods = response.headers.get("Access-Control-Allow-Methods") ?? "";
  assertEquals(methods.split(",").includes("DELETE"), true);
});
