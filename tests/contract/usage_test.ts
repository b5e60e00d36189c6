import { assert, assertEquals } from "@std/assert";
import { testApp } from "../testing/app.ts";
import { begin, book } from "../testing/booked.ts";

const COUNTS = { cached: 3, computed: 10, generated: 248 };

Deno.test("GET /api/usage answers an empty list at first", async () => {
  const { app } = testApp();
  const body = await (await app.request("/api/usage")).json();
  assertEquals(body.usage, []);
  assert(/^\d{4}-\d\d-\d\dT[\d:]+\.\d+Z$/.test(body.start));
});

Deno.test("GET /api/usage answers start and four fields a model, no more", async () => {
  const { app, ledger } = testApp();
  book(ledger, "qwen3-coder:30b", "completed", COUNTS);
  begin(ledger, "qwen3-coder:30b", COUNTS);
  const { start, ...body } = await (await app.request("/api/usage")).json();
  assertEquals(typeof start, "string");
  assertEquals(body, {
    usage: [{
      model: "qwen3-coder:30b",
      requests: 1,
      prompt_tokens: 13,
      completion_tokens: 248,
    }],
  });
});

Deno.test("GET /api/usage?details=true tells outcomes and requests in flight", async () => {
  const { app, ledger } = testApp();
  book(ledger, "m", "cancelled", COUNTS);
  begin(ledger, "m", COUNTS);
  const response = await app.request("/api/usage?details=true");
  const [row] = (await response.json()).usage;
  assertEquals(row.requests, 0);
  assertEquals(row.prompt_tokens, 13);
  assertEquals(row.cancelled.requests, 1);
  assertEquals(row.in_flight.completion_tokens, 248);
  const off = await app.request("/api/usage?details=false");
  assertEquals("cancelled" in (await off.json()).usage[0], false);
});

Deno.test("GET /api/usage?check=true compares with the engines", async () => {
  const { app, ledger } = testApp();
  book(ledger, "m", "failed", COUNTS);
  ledger.engineTotals("engine-1", { ...COUNTS, generated: 250 });
  const response = await app.request("/api/usage?check=true");
  assertEquals((await response.json()).check.difference, 2);
});
