/**
 * The ledger over OTLP: metrics and a span for every request, sent by
 * OpenTelemetry's libraries, which read endpoints, headers, timeouts and the
 * resource from the standard variables. Loaded only when these are set.
 *
 * @module
 */

import type { Tracer } from "@opentelemetry/api";
import { setGlobalErrorHandler } from "@opentelemetry/core";
import { OTLPMetricExporter as JsonMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Log } from "../../log.ts";
import { VERSION } from "../../version.ts";
import { Batch } from "../batch.ts";
import type { EndedRequest } from "../entry.ts";
import type { ServerAddress } from "./attributes.ts";
import { Instruments } from "./instruments.ts";
import type { TelemetrySettings } from "./settings.ts";
import { traceRequest } from "./spans.ts";

/** Longest time the last export may take when the server ends, milliseconds. */
const CLOSE_MS = 3000;

/** Time between two warnings that nothing can be sent, milliseconds. */
const WARN_AGAIN_MS = 60_000;

/** Name of this instrumentation. */
const SCOPE = "tally";

/** Name and variables of the resource; the variables win. */
function resourceOf(serverName: string): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({
      "service.name": "tally",
      "service.version": VERSION,
      "service.instance.id": serverName,
    }))
    .merge(detectResources({ detectors: [envDetector] }));
}

function samplerOf({ sampler, samplerRatio }: TelemetrySettings): Sampler {
  const samplers = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(samplerRatio),
  };
  const name = sampler.replace("parentbased_", "") as keyof typeof samplers;
  const root = samplers[name]();
  return name === sampler ? root : new ParentBasedSampler({ root });
}

function createMeterProvider(
  { metrics, metricIntervalMs }: TelemetrySettings,
  resource: Resource,
): MeterProvider | undefined {
  if (metrics === undefined) {
    return undefined;
  }
  const exporter = metrics === "http/json"
    ? new JsonMetricExporter()
    : new OTLPMetricExporter();
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: metricIntervalMs,
  });
  return new MeterProvider({ resource, readers: [reader] });
}

function createTracerProvider(
  settings: TelemetrySettings,
  resource: Resource,
): TracerProvider | undefined {
  const { traces } = settings;
  if (traces === undefined) {
    return undefined;
  }
  const exporter = traces === "http/json"
    ? new JsonTraceExporter()
    : new OTLPTraceExporter();
  return new TracerProvider({
    resource,
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
}

/** Tells that nothing can be sent, once in a while. */
function warnSometimes(log: Log): (error: unknown) => void {
  let silentUntil = 0;
  return (error) => {
    if (performance.now() >= silentUntil) {
      silentUntil = performance.now() + WARN_AGAIN_MS;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        "telemetry cannot be sent; look at OTEL_EXPORTER_OTLP_ENDPOINT, or " +
          "set OTEL_SDK_DISABLED=true",
        { reason },
      );
    }
  };
}

/** What {@linkcode Telemetry} is made of. */
export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly server: ServerAddress;
  readonly serverName: string;
  readonly log: Log;
}

/** See the module's description. */
export class Telemetry {
  readonly #ended = new Batch<EndedRequest>((requests) =>
    requests.forEach((request) => this.#report(request))
  );
  readonly #server: ServerAddress;
  readonly #meters: MeterProvider | undefined;
  readonly #tracers: TracerProvider | undefined;
  readonly #instruments: Instruments | undefined;
  readonly #tracer: Tracer | undefined;

  constructor({ settings, server, serverName, log }: TelemetryOptions) {
    setGlobalErrorHandler(warnSometimes(log));
    const resource = resourceOf(serverName);
    this.#server = server;
    this.#meters = createMeterProvider(settings, resource);
    this.#tracers = createTracerProvider(settings, resource);
    const meter = this.#meters?.getMeter(SCOPE, VERSION);
    this.#instruments = meter && new Instruments(meter, server);
    this.#tracer = this.#tracers?.getTracer(SCOPE, VERSION);
  }

  /** Takes a request that has ended; it is reported later. */
  add(request: EndedRequest): void {
    this.#ended.add(request);
  }

  /** Sends what is left, within {@linkcode CLOSE_MS}. */
  async close(): Promise<void> {
    this.#ended.flush();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    const providers = [this.#meters, this.#tracers];
    const sent = Promise.allSettled(providers.map((each) => each?.shutdown()));
    await Promise.race([sent, late]);
    clearTimeout(timer);
  }

  #report(request: EndedRequest): void {
    this.#instruments?.add(request);
    if (this.#tracer !== undefined) {
      traceRequest(this.#tracer, request, this.#server);
    }
  }
}
