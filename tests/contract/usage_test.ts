import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { testApp } from "../testing/app.ts";
import { begin, book, newCaller } from "../testing/booked.ts";

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

Deno.test("GET /api/usage answers questions about who used what", async () => {
  const { app, ledger } = testApp();
  book(ledger, "a", "completed", COUNTS);
  book(ledger, "a", "cancelled", COUNTS);
  book(ledger, "b", "completed", COUNTS);
  const ask = async (query: string) =>
    await (await app.request(`/api/usage?${query}`)).json();
  const byModel = await ask("group_by=model");
  assertEquals(Object.keys(byModel), ["start", "since", "until", "usage"]);
  assertObjectMatch(byModel.usage[0], {
    model: "a",
    requests: 2,
    prompt_tokens: 26,
    completion_tokens: 496,
    cached_tokens: 6,
  });
  const { usage } = await ask("bucket=day&group_by=outcome,key&model=a");
  assertEquals(
    usage.map((row: Record<string, unknown>) => [
      row["outcome"],
      row["key"],
      row["requests"],
    ]),
    [["cancelled", "anonymous", 1], ["completed", "anonymous", 1]],
  );
  const day = new Date().toISOString().slice(0, 10);
  assertEquals(usage[0].bucket, `${day}T00:00:00.000Z`);
  assertEquals((await ask("since=2020-01-01&until=2021-01-01")).usage, []);
});

Deno.test("GET /api/usage refuses questions it cannot read", async () => {
  const { app } = testApp();
  const response = await app.request("/api/usage?bucket=week");
  assertEquals(response.status, 400);
  assertEquals(await response.json(), {
    error: "bucket: expected minute, hour, day",
  });
});

Deno.test("GET /api/usage?live=true and requests/:id tell of one request", async () => {
  const { app, ledger } = testApp();
  const id = "0123456789abcdef0123456789abcdef";
  const caller = newCaller({
    id,
    endpoint: "/v1/chat/completions",
    key: "team",
  });
  const meter = ledger.open(caller, "m");
  meter.update(COUNTS);
  const { in_flight } = await (await app.request("/api/usage?live=true"))
    .json();
  assertObjectMatch(in_flight[0], {
    id,
    model: "m",
    endpoint: "/v1/chat/completions",
    key: "team",
    prompt_tokens: 13,
    completion_tokens: 248,
  });
  const find = async (name: string) =>
    await app.request(`/api/usage/requests/${name}`);
  assertEquals((await (await find(id)).json()).outcome, "in_flight");
  meter.end("completed");
  assertObjectMatch(await (await find(`chatcmpl-${id}`)).json(), {
    id,
    outcome: "completed",
    completion_tokens: 248,
    computed_tokens: 10,
  });
  const missing = await find("msg_nobody");
  assertEquals(missing.status, 404);
  assertEquals(await missing.json(), {
    error: "request 'msg_nobody' not found",
  });
});

Deno.test("every answer names its request, errors too", async () => {
  const { app, post } = testApp();
  const answers = [
    await app.request("/api/version"),
    await app.request("/nowhere"),
    await post("/api/chat", { model: "nobody" }),
    await post("/v1/chat/completions", {}),
  ];
  const ids = answers.map((each) => each.headers.get("X-Request-Id"));
  assert(ids.every((id) => /^[0-9a-f]{32}$/.test(id ?? "")));
  assertEquals(new Set(ids).size, ids.length);
  const error = await post("/v1/messages", {});
  const id = error.headers.get("Request-Id");
  assert(id && id === error.headers.get("X-Request-Id"));
});
