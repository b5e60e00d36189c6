import { assertEquals } from "@std/assert";
import { testApp } from "../testing/app.ts";

const headers = { "anthropic-version": "2023-06-01" };

Deno.test("GET /v1/models answers Anthropic's clients in their shape", async () => {
  const { app } = testApp();
  const response = await app.request("/v1/models", { headers });
  const { data, ...page } = await response.json();
  assertEquals(data[0], {
    type: "model",
    id: "plain:latest",
    display_name: "plain:latest",
    created_at: "2026-01-02T03:04:05.678Z",
    max_input_tokens: 2048,
    max_tokens: 2048,
    capabilities: null,
    line: null,
    lifecycle: "active",
    deprecated_at: null,
    retires_at: null,
  });
  assertEquals(page, {
    has_more: false,
    first_id: "plain:latest",
    last_id: "tuned:latest",
  });
  const one = await app.request("/v1/models/plain", { headers });
  const { type, id } = await one.json();
  assertEquals([type, id], ["model", "plain"]);
  const others = await (await app.request("/v1/models")).json();
  assertEquals(others.object, "list");
});

Deno.test("GET /v1/models gives Anthropic's clients page after page, forth and back", async () => {
  const { app } = testApp();
  const page = async (query: string) => {
    const response = await app.request(`/v1/models?${query}`, { headers });
    const { data, has_more } = await response.json();
    return [data.map(({ id }: { id: string }) => id.split(":")[0]), has_more];
  };
  assertEquals(await page("limit=2"), [["plain", "embedder"], true]);
  assertEquals(await page("limit=4&after_id=embedder:latest"), [
    ["ranker", "thinker", "filler", "tuned"],
    false,
  ]);
  assertEquals(await page("limit=2&before_id=thinker:latest"), [
    ["embedder", "ranker"],
    true,
  ]);
  assertEquals(await page("limit=5&before_id=ranker:latest"), [
    ["plain", "embedder"],
    false,
  ]);
});

Deno.test("GET /v1/models tells Anthropic's clients of errors in their shape", async () => {
  const { app } = testApp();
  for (
    const [path, status, type] of [
      ["/v1/models/nope", 404, "not_found_error"],
      ["/v1/models?limit=0", 400, "invalid_request_error"],
      ["/v1/models?limit=x", 400, "invalid_request_error"],
    ] as const
  ) {
    const response = await app.request(path, { headers });
    assertEquals(response.status, status);
    const body = await response.json();
    assertEquals([body.type, body.error.type], ["error", type]);
  }
});
