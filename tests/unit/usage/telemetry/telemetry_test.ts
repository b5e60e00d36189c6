import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLog } from "../../../../src/log.ts";
import { Ledger } from "../../../../src/usage/ledger.ts";
import { readTelemetrySettings } from "../../../../src/usage/telemetry/settings.ts";
import { Telemetry } from "../../../../src/usage/telemetry/telemetry.ts";
import { newCaller } from "../../../testing/booked.ts";
import { OtlpCollector } from "../../../testing/otlp_collector.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const COUNTS = { cached: 3, computed: 10, generated: 5 };
const TIMINGS = { promptNs: 1e6, decodeNs: 4e8 };
const SERVER = { hostname: "127.0.0.1", port: 11434 };

/** A ledger that reports to a collector; `close` sends everything. */
function reporting(
  endpoint: string,
  variables: Readonly<Record<string, string>> = {},
) {
  const environment: Record<string, string> = {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    ...variables,
  };
  // The exporters read the process's environment.
  Object.entries(environment)
    .forEach(([name, value]) => Deno.env.set(name, value));
  const settings = readTelemetrySettings((name) => environment[name])!;
  const lines: string[] = [];
  const telemetry = new Telemetry({
    settings,
    server: SERVER,
    serverName: "box",
    log: createLog("warn", (line) => lines.push(line)),
  });
  Object.keys(environment).forEach((name) => Deno.env.delete(name));
  const ledger = new Ledger((request) => telemetry.add(request));
  return { ledger, lines, close: () => telemetry.close() };
}

Deno.test("a request is a span in the trace of who asked", async () => {
  await using collector = new OtlpCollector();
  const { ledger, close } = reporting(collector.endpoint, {
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer secret",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=home",
    OTEL_SERVICE_NAME: "models",
  });
  const trace = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` };
  const caller = newCaller({ id: "r1", key: "team", trace });
  const before = Date.now();
  const meter = ledger.open(caller, "m");
  meter.update(COUNTS);
  meter.end("completed", {
    timings: TIMINGS,
    reasoning: 2,
    finishReason: "stop",
  });
  await close();
  const [span, ...others] = collector.spans;
  assertEquals(others, []);
  assert(span !== undefined);
  assertEquals(span.name, "chat m");
  assertEquals(span.traceId, TRACE_ID);
  assertEquals(span.parentSpanId, SPAN_ID);
  assertEquals(span.kind, 2);
  assertEquals(span.status?.code, 0);
  assertEquals(span.attributes, {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "tally",
    "gen_ai.request.model": "m",
    "gen_ai.response.model": "m",
    "gen_ai.response.id": "r1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 13,
    "gen_ai.usage.cache_read.input_tokens": 3,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.usage.reasoning.output_tokens": 2,
    "server.address": "127.0.0.1",
    "server.port": 11434,
    "http.route": "/api/chat",
    "tally.key": "team",
    "tally.outcome": "completed",
  });
  assert(span.start >= before * 1e6 && span.end >= span.start);
  assertEquals(collector.headers.get("authorization"), "Bearer secret");
  assertEquals(collector.resource["service.name"], "models");
  assertEquals(collector.resource["service.instance.id"], "box");
  assertEquals(collector.resource["deployment.environment.name"], "home");
});

Deno.test("a request that fails says why, and one that is cancelled that it is", async () => {
  await using collector = new OtlpCollector();
  const { ledger, close } = reporting(collector.endpoint);
  const embedding = newCaller({ endpoint: "/v1/embeddings" });
  ledger.open(embedding, "e").end("failed", { errorKind: "engine_died" });
  const completion = newCaller({ endpoint: "/api/generate" });
  ledger.open(completion, "m").end("cancelled");
  await close();
  assertEquals(
    collector.spans.map(({ name, status, attributes }) => [
      name,
      status?.code,
      status?.message,
      attributes["error.type"],
      attributes["tally.outcome"],
    ]),
    [
      ["embeddings e", 2, "engine_died", "engine_died", "failed"],
      ["text_completion m", 0, undefined, "cancelled", "cancelled"],
    ],
  );
});

Deno.test("requests are measured in the histograms of the conventions", async () => {
  await using collector = new OtlpCollector();
  const { ledger, close } = reporting(collector.endpoint);
  const meter = ledger.open(newCaller(), "m");
  meter.update(COUNTS);
  meter.end("completed", { timings: TIMINGS, finishReason: "length" });
  ledger.open(newCaller(), "m").end("rejected", { errorKind: "queue_full" });
  await close();
  const sums = (name: string, attribute: string) =>
    Object.fromEntries(
      collector.metrics.get(name)?.points.map((point) => [
        point.attributes[attribute],
        [point.count, Math.round(point.sum * 1000) / 1000],
      ]) ?? [],
    );
  assertEquals(sums("gen_ai.client.token.usage", "gen_ai.token.type"), {
    input: [1, 13],
    output: [1, 5],
  });
  const durations = collector.metrics.get("gen_ai.server.request.duration");
  assertEquals(
    durations?.points.map(({ count, attributes }) => [
      count,
      attributes["error.type"],
    ]),
    [[1, undefined], [1, "queue_full"]],
  );
  assertEquals(
    sums("gen_ai.server.time_per_output_token", "tally.outcome"),
    { completed: [1, 0.1] },
  );
  const first = collector.metrics.get("gen_ai.server.time_to_first_token");
  assertEquals(first?.points.length, 1);
  assertEquals(
    [...collector.metrics].map(([name, { unit, points }]) => [
      name,
      unit,
      points[0]?.bounds[0],
      points[0]?.bounds.at(-1),
    ]),
    [
      ["gen_ai.client.token.usage", "{token}", 1, 67108864],
      ["gen_ai.server.request.duration", "s", 0.01, 81.92],
      ["gen_ai.server.time_to_first_token", "s", 0.001, 10],
      ["gen_ai.server.time_per_output_token", "s", 0.01, 2.5],
    ],
  );
});

Deno.test("models that clients invent do not grow metrics without end", async () => {
  await using collector = new OtlpCollector();
  const { ledger, close } = reporting(collector.endpoint, {
    OTEL_TRACES_EXPORTER: "none",
  });
  for (let count = 0; count < 500; count++) {
    const meter = ledger.open(newCaller({ key: `k${count}` }), `m${count}`);
    meter.update(COUNTS);
    meter.end("completed");
  }
  await close();
  const points = collector.metrics.get("gen_ai.client.token.usage")?.points ??
    [];
  assertEquals(points.length, 202);
  const total = points.reduce((sum, point) => sum + point.sum, 0);
  assertEquals(total, 500 * 18);
  assertEquals(collector.spans, []);
});

Deno.test("a collector that is away is told of once and holds nobody up", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { ledger, lines, close } = reporting(`http://127.0.0.1:${port}`, {
    OTEL_EXPORTER_OTLP_TIMEOUT: "200",
  });
  ledger.open(newCaller(), "m").end("completed");
  await close();
  assertEquals(lines.length, 1);
  assertMatch(lines[0]!, /telemetry cannot be sent; look at OTEL_EXPORTER/);
});
