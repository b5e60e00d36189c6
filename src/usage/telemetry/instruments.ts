/**
 * The histograms of OpenTelemetry's conventions for generative AI.
 *
 * @module
 */

import type { Meter as OtelMeter } from "@opentelemetry/api";
import type { EndedRequest } from "../entry.ts";
import { MetricAttributes, type ServerAddress } from "./attributes.ts";

const NS = 1e9;

/** Buckets as the conventions name them. */
const TOKENS = Array.from({ length: 14 }, (_, power) => 4 ** power);
const DURATIONS = Array.from({ length: 14 }, (_, power) => 2 ** power / 100);
const FIRST_TOKEN = [
  ...[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75],
  ...[1, 2.5, 5, 7.5, 10],
];
const PER_TOKEN = [
  ...[0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
];

function histogram(
  meter: OtelMeter,
  name: string,
  unit: string,
  description: string,
  explicitBucketBoundaries: number[],
) {
  const advice = { explicitBucketBoundaries };
  return meter.createHistogram(name, { unit, description, advice });
}

function createHistograms(meter: OtelMeter) {
  return {
    tokens: histogram(
      meter,
      "gen_ai.client.token.usage",
      "{token}",
      "Tokens of a request: input includes cached ones, output reasoning",
      TOKENS,
    ),
    duration: histogram(
      meter,
      "gen_ai.server.request.duration",
      "s",
      "From a request's arrival to its end",
      DURATIONS,
    ),
    firstToken: histogram(
      meter,
      "gen_ai.server.time_to_first_token",
      "s",
      "From a completed request's arrival to its first token",
      FIRST_TOKEN,
    ),
    perToken: histogram(
      meter,
      "gen_ai.server.time_per_output_token",
      "s",
      "Mean time between the tokens of a completed request",
      PER_TOKEN,
    ),
  };
}

/** Measures requests. */
export class Instruments {
  readonly #histograms: ReturnType<typeof createHistograms>;
  readonly #attributes = new MetricAttributes();
  readonly #server: ServerAddress;

  constructor(meter: OtelMeter, server: ServerAddress) {
    this.#histograms = createHistograms(meter);
    this.#server = server;
  }

  /** Measures a request that has ended. */
  add(request: EndedRequest): void {
    const { tokens, duration, firstToken, perToken } = this.#histograms;
    const attributes = this.#attributes.of(request, this.#server);
    const { cached, computed, generated, outcome } = request;
    for (
      const [type, count] of [
        ["input", cached + computed],
        ["output", generated],
      ] as const
    ) {
      if (count > 0) {
        tokens.record(count, { ...attributes, "gen_ai.token.type": type });
      }
    }
    duration.record(request.durationNs / NS, attributes);
    if (outcome === "completed" && request.firstTokenNs > 0) {
      firstToken.record(request.firstTokenNs / NS, attributes);
    }
    const gaps = generated - request.finishReasons.length;
    if (outcome === "completed" && gaps > 0) {
      perToken.record(request.decodeNs / gaps / NS, attributes);
    }
  }
}
