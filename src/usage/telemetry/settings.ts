/**
 * The standard variables of OpenTelemetry
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables)
 * as far as its libraries do not read them themselves. As that page asks, what
 * cannot be understood is told and ignored.
 *
 * @module
 */

import type { Environment } from "../../config.ts";

/** Kinds of telemetry. */
type Signal = "TRACES" | "METRICS";

/** Encodings of OTLP over HTTP. */
const PROTOCOLS = ["http/protobuf", "http/json"] as const;

/** One of {@linkcode PROTOCOLS}. */
export type Protocol = typeof PROTOCOLS[number];

/** Which traces are kept. */
const SAMPLERS = [
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
  "always_on",
  "always_off",
  "traceidratio",
] as const;

/** One of {@linkcode SAMPLERS}. */
export type SamplerName = typeof SAMPLERS[number];

/** Names of what to send where. */
export interface TelemetrySettings {
  /** Absent: none are sent. */
  readonly traces?: Protocol;
  /** Absent: none are sent. */
  readonly metrics?: Protocol;
  readonly sampler: SamplerName;
  /** Share of traces that samplers by ratio keep. */
  readonly samplerRatio: number;
  /** Milliseconds between two exports of metrics. */
  readonly metricIntervalMs: number;
  /** What was not understood. */
  readonly warnings: readonly string[];
}

const DEFAULT_INTERVAL_MS = 60_000;

class Reader {
  readonly warnings: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: string): string | undefined {
    return this.#environment(name)?.trim() || undefined;
  }

  number(name: string, otherwise: number, most = Infinity): number {
    const text = this.text(name);
    const value = Number(text ?? otherwise);
    if (value >= 0 && value <= most) {
      return value;
    }
    this.warnings.push(`${name} is "${text}": expected a number`);
    return otherwise;
  }

  choice<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    const value = values.find((each) => each === text?.toLowerCase());
    if (text !== undefined && value === undefined) {
      this.warnings.push(
        `${name} is "${text}": ${values.join(", ")} work here`,
      );
    }
    return value;
  }

  /** How a signal is sent, if it is. */
  protocol(signal: Signal): Protocol | undefined {
    const name = `OTEL_${signal}_EXPORTER`;
    const exporters = this.text(name)?.split(",").map((each) => each.trim());
    if (exporters === undefined && !this.#hasEndpoint(signal)) {
      return undefined;
    }
    if (exporters !== undefined && !exporters.includes("otlp")) {
      this.choice(name, ["otlp", "none"]);
      return undefined;
    }
    const own = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`;
    const all = "OTEL_EXPORTER_OTLP_PROTOCOL";
    const variable = this.text(own) === undefined ? all : own;
    return this.text(variable) === undefined
      ? "http/protobuf"
      : this.choice(variable, PROTOCOLS);
  }

  #hasEndpoint(signal: Signal): boolean {
    const names = ["OTEL_EXPORTER_OTLP_ENDPOINT"]
      .concat(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`);
    return names.some((name) => this.text(name) !== undefined);
  }
}

/** What the variables ask for; undefined when that is nothing. */
export function readTelemetrySettings(
  environment: Environment,
): TelemetrySettings | undefined {
  const reader = new Reader(environment);
  if (reader.text("OTEL_SDK_DISABLED")?.toLowerCase() === "true") {
    return undefined;
  }
  const traces = reader.protocol("TRACES");
  const metrics = reader.protocol("METRICS");
  if (!traces && !metrics && reader.warnings.length === 0) {
    return undefined;
  }
  return {
    ...(traces === undefined ? {} : { traces }),
    ...(metrics === undefined ? {} : { metrics }),
    sampler: reader.choice("OTEL_TRACES_SAMPLER", SAMPLERS) ??
      "parentbased_always_on",
    samplerRatio: reader.number("OTEL_TRACES_SAMPLER_ARG", 1, 1),
    metricIntervalMs: reader.number(
      "OTEL_METRIC_EXPORT_INTERVAL",
      DEFAULT_INTERVAL_MS,
    ) || DEFAULT_INTERVAL_MS,
    warnings: reader.warnings,
  };
}
