import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testApp } from "../testing/app.ts";
import { begin, newCaller } from "../testing/booked.ts";
import { fakeModel } from "../testing/fake_model.ts";

const COUNTS = { cached: 3, computed: 10, generated: 248 };

type App = ReturnType<typeof testApp>["app"];

async function metricsOf(app: App): Promise<string> {
  const response = await app.request("/metrics");
  assertEquals(response.status, 200);
  assertStringIncludes(
    response.headers.get("Content-Type") ?? "",
    "version=0.0.4",
  );
  return await response.text();
}

/** Sum of a counter's values whose labels include all of these. */
function sumOf(text: string, name: string, ...labels: string[]): number {
  return text.split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

Deno.test("GET /metrics counts requests and tokens with their labels", async () => {
  const { app, ledger } = testApp();
  const caller = newCaller({ endpoint: "/v1/messages", key: "team" });
  const meter = ledger.open(caller, "m");
  meter.update(COUNTS);
  meter.end("cancelled");
  const text = await metricsOf(app);
  const labels =
    'model="m",endpoint="/v1/messages",key="team",outcome="cancelled"';
  assertStringIncludes(text, `tally_requests_total{${labels}} 1`);
  assertStringIncludes(
    text,
    `tally_tokens_total{${labels},kind="generated"} 248`,
  );
  assertStringIncludes(text, `tally_tokens_total{${labels},kind="cached"} 3`);
  assertStringIncludes(
    text,
    'tally_request_duration_seconds_count{model="m"} 1',
  );
});

Deno.test("GET /metrics reads gauges as they are now", async () => {
  const { app, ledger, inference } = testApp();
  begin(ledger, "m", COUNTS);
  ledger.engineTotals("1", { ...COUNTS, generated: 200 });
  inference.inMemory = [{
    model: fakeModel("m"),
    sizeBytes: 5000,
    gpuBytes: 0,
    contextLength: 100,
    expiresAt: new Date(),
    running: 2,
    waiting: 7,
  }];
  inference.queueLength = 9;
  const text = await metricsOf(app);
  for (
    const line of [
      "tally_queue_length 9",
      "tally_requests_in_flight 1",
      "tally_ledger_difference_tokens 48",
      "tally_ledger_unwritten_entries 0",
      'tally_model_bytes{model="m"} 5000',
      'tally_requests_waiting{model="m"} 7',
      "tally_models_loaded 1",
    ]
  ) {
    assert(text.split("\n").includes(line), line);
  }
  inference.inMemory = [];
  assert(!(await metricsOf(app)).includes("tally_model_bytes{"));
});

Deno.test("GET /metrics does not grow with what clients invent", async () => {
  const { app, inference, ledger, post } = testApp();
  const messages = [{ role: "user", content: "hi" }];
  for (const path of ["/api/chat", "/api/ch%61t", "/api/chat?a=1"]) {
    await (await post(path, { model: "plain", messages })).text();
  }
  for (const path of ["/api/nothing", "/v1/x/chat/completions"]) {
    await (await post(path, { model: "plain" })).text();
  }
  for (const { caller } of inference.generations) {
    ledger.open(caller, "m").end("completed");
  }
  for (let count = 0; count < 1000; count++) {
    const caller = newCaller({ key: `k${count}` });
    ledger.open(caller, `m${count}`).end("completed");
  }
  const text = await metricsOf(app);
  const values = (label: string) =>
    new Set(
      [...text.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, "g"))]
        .map(([, value]) => value),
    );
  assertEquals(values("endpoint"), new Set(["/api/chat"]));
  assertEquals(values("model").size, 101);
  assertEquals(values("key").size, 101);
  assertEquals(sumOf(text, "tally_requests_total"), 1000 + 3);
});

Deno.test("usage, metrics and OpenAI's usage API tell the same numbers", async () => {
  const { app, ledger } = testApp();
  const endpoints = ["/api/chat", "/v1/chat/completions", "/v1/embeddings"];
  for (let count = 0; count < 30; count++) {
    const endpoint = endpoints[count % 3]!;
    const caller = newCaller({ endpoint, key: `k${count % 2}` });
    const meter = ledger.open(caller, `m${count % 4}`);
    meter.update({ cached: count, computed: 2 * count, generated: 5 });
    meter.end(count % 5 === 0 ? "cancelled" : "completed");
  }
  const ask = async (path: string) => await (await app.request(path)).json();
  const { usage } = await ask("/api/usage");
  const { usage: grouped } = await ask("/api/usage?group_by=key,endpoint");
  const text = await metricsOf(app);
  const sum = (rows: Record<string, number>[], field: string) =>
    rows.reduce((total, row) => total + (row[field] ?? 0), 0);
  const prompt = sum(usage, "prompt_tokens");
  const generated = sum(usage, "completion_tokens");
  assertEquals([prompt, generated], [3 * 435, 150]);
  assertEquals(sum(grouped, "prompt_tokens"), prompt);
  assertEquals(
    sumOf(text, "tally_tokens_total", 'kind="computed"') +
      sumOf(text, "tally_tokens_total", 'kind="cached"'),
    prompt,
  );
  assertEquals(
    sumOf(text, "tally_tokens_total", 'kind="generated"'),
    generated,
  );
  const start = Math.floor(Date.now() / 1000) - 60;
  const pages = await Promise.all(
    ["completions", "embeddings"].map((kind) =>
      ask(
        `/v1/organization/usage/${kind}?start_time=${start}&group_by=model`,
      )
    ),
  );
  const results = pages.flatMap(({ data }) =>
    data.flatMap((bucket: { results: unknown[] }) => bucket.results)
  );
  assertEquals(sum(results, "input_tokens"), prompt);
  assertEquals(sum(results, "num_model_requests"), 30);
});
