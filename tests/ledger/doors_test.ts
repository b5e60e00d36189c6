import { assert, assertEquals } from "@std/assert";
import { mixedRun, TRACE_ID, usageOf } from "../testing/mixed_run.ts";
import {
  type CollectedMetric,
  OtlpCollector,
} from "../testing/otlp_collector.ts";
import { startServer } from "../testing/server.ts";
import { eventually } from "../testing/wait.ts";

/** Requests, prompt and generated tokens of every group. */
type Sums = Readonly<Record<string, readonly number[]>>;

const GROUPS = ["model", "key", "endpoint", "outcome"];

async function json(baseUrl: string, key: string): Promise<Sums> {
  const query = `group_by=${GROUPS}&check=true`;
  const { usage, check } = await usageOf(baseUrl, key, query);
  assertEquals(check?.difference, 0);
  return Object.fromEntries(usage.map((row) => [
    GROUPS.map((name) => row[name]).join(" "),
    ["requests", "prompt_tokens", "completion_tokens"]
      .map((name) => Number(row[name])),
  ]));
}

function sorted(sums: Sums): Sums {
  return Object.fromEntries(Object.entries(sums).sort());
}

/** Adds up rows of groups: which of the three sums, and how much. */
function addUp(rows: Iterable<readonly [string, number, number]>): Sums {
  const sums: Record<string, number[]> = {};
  for (const [group, index, value] of rows) {
    const row = sums[group] ??= [0, 0, 0];
    row[index] = (row[index] ?? 0) + value;
  }
  return sorted(sums);
}

async function prometheus(baseUrl: string, key: string): Promise<Sums> {
  const response = await fetch(`${baseUrl}/metrics`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  const lines = (await response.text()).split("\n");
  const rows = lines.map((line): [string, number, number] | undefined => {
    const [, name, labelText = "", value] =
      /^(tally_requests_total|tally_tokens_total){(.*)} (\d+)$/.exec(line) ??
        [];
    const labels = new Map(
      [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]),
    );
    const kind = labels.get("kind");
    const index = name === "tally_requests_total"
      ? 0
      : kind === "generated"
      ? 2
      : 1;
    const group = GROUPS.map((each) => labels.get(each)).join(" ");
    return name === undefined ? undefined : [group, index, Number(value)];
  });
  return addUp(rows.filter((row) => row !== undefined));
}

function otlp(metrics: ReadonlyMap<string, CollectedMetric>): Sums {
  const rows = (name: string) => metrics.get(name)?.points ?? [];
  const group = (attributes: Readonly<Record<string, unknown>>) =>
    ["gen_ai.request.model", "tally.key", "http.route", "tally.outcome"]
      .map((name) => attributes[name]).join(" ");
  return addUp([
    ...rows("gen_ai.server.request.duration")
      .map(({ attributes, count }) => [group(attributes), 0, count] as const),
    ...rows("gen_ai.client.token.usage").map(({ attributes, sum }) => {
      const index = attributes["gen_ai.token.type"] === "input" ? 1 : 2;
      return [group(attributes), index, sum] as const;
    }),
  ]);
}

Deno.test({
  name: "JSON, Prometheus and OTLP tell the same of every kind of request",
  ignore: Deno.build.os === "windows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using collector = new OtlpCollector();
    await using server = await startServer({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_METRIC_EXPORT_INTERVAL: "100",
      },
    });
    const key = await mixedRun(server);
    const expected = sorted(await json(server.baseUrl, key));
    const outcomes = Object.keys(expected)
      .map((group) => group.split(" ").at(-1) ?? "");
    for (const outcome of ["completed", "cancelled", "failed", "rejected"]) {
      assert(outcomes.includes(outcome), outcome);
    }
    assert(Object.keys(expected).includes("e ann /api/embed completed"));
    assertEquals(await prometheus(server.baseUrl, key), expected);
    await eventually(() => assertEquals(otlp(collector.metrics), expected));
    const requests = Object.values(expected)
      .reduce((sum, [count = 0]) => sum + count, 0);
    await eventually(() => assertEquals(collector.spans.length, requests));
    const [span, ...others] = collector.spans
      .filter(({ traceId }) => traceId === TRACE_ID);
    assertEquals(others.length, 1, "one of ann's and one of the admin's");
    assertEquals(span?.name, "chat m");
    assertEquals(collector.resource["service.name"], "tally");
  },
});
