import { assertEquals } from "@std/assert";
import { readTelemetrySettings } from "../../../../src/usage/telemetry/settings.ts";

function settingsOf(variables: Readonly<Record<string, string>>) {
  return readTelemetrySettings((name) => variables[name]);
}

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

Deno.test("nothing is sent unless a variable asks for it", () => {
  assertEquals(settingsOf({}), undefined);
  assertEquals(settingsOf({ OTEL_SERVICE_NAME: "x" }), undefined);
  assertEquals(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: " " }), undefined);
  const off = { ...ENDPOINT, OTEL_SDK_DISABLED: "TRUE" };
  assertEquals(settingsOf(off), undefined);
});

Deno.test("an endpoint is enough to send everything", () => {
  assertEquals(settingsOf(ENDPOINT), {
    traces: "http/protobuf",
    metrics: "http/protobuf",
    sampler: "parentbased_always_on",
    samplerRatio: 1,
    metricIntervalMs: 60_000,
    warnings: [],
  });
});

Deno.test("every signal has its own endpoint, exporter and protocol", () => {
  const signals = (variables: Readonly<Record<string, string>>) => {
    const { traces, metrics, warnings } = settingsOf(variables) ?? {};
    return [traces, metrics, warnings?.length];
  };
  const own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  assertEquals(signals({ [own]: "http://a" }), [
    "http/protobuf",
    undefined,
    0,
  ]);
  assertEquals(signals({ ...ENDPOINT, OTEL_TRACES_EXPORTER: "none" }), [
    undefined,
    "http/protobuf",
    0,
  ]);
  assertEquals(signals({ OTEL_METRICS_EXPORTER: "prometheus, otlp" }), [
    undefined,
    "http/protobuf",
    0,
  ]);
  assertEquals(
    signals({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf",
    }),
    ["http/json", "http/protobuf", 0],
  );
});

Deno.test("what is not understood is told and ignored", () => {
  const settings = settingsOf({
    ...ENDPOINT,
    OTEL_TRACES_EXPORTER: "zipkin",
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "grpc",
    OTEL_TRACES_SAMPLER: "sometimes",
    OTEL_TRACES_SAMPLER_ARG: "2",
    OTEL_METRIC_EXPORT_INTERVAL: "soon",
  });
  assertEquals(settings, {
    sampler: "parentbased_always_on",
    samplerRatio: 1,
    metricIntervalMs: 60_000,
    warnings: [
      'OTEL_TRACES_EXPORTER is "zipkin": otlp, none work here',
      'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is "grpc": http/protobuf, ' +
      "http/json work here",
      'OTEL_TRACES_SAMPLER is "sometimes": parentbased_always_on, ' +
      "parentbased_always_off, parentbased_traceidratio, always_on, " +
      "always_off, traceidratio work here",
      'OTEL_TRACES_SAMPLER_ARG is "2": expected a number',
      'OTEL_METRIC_EXPORT_INTERVAL is "soon": expected a number',
    ],
  });
});
