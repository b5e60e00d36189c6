/**
 * The ledger as Prometheus reads it. Counters grow when a request has ended,
 * gauges are read when they are asked for; neither touches an engine.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { Batch } from "./batch.ts";
import { BoundedLabels } from "./bounded_labels.ts";
import { checkLedger } from "./check.ts";
import type { EndedRequest } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import type { UsageArchive } from "./store/archive.ts";

/** A model in memory, as far as it is measured. */
export interface MeasuredModel {
  readonly model: { readonly shortName: string };
  readonly sizeBytes: number;
  readonly running: number;
  readonly waiting: number;
}

/** Where gauges are read. */
export interface MetricSources {
  readonly ledger: Ledger;
  readonly archive: UsageArchive;
  readonly loaded: () => readonly MeasuredModel[];
  /** Requests that wait for a turn. */
  readonly queueLength: () => number;
  readonly version: string;
}

const NS = 1e9;

/** Seconds, from a token's time to that of a long answer. */
const DURATION_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250];
const FIRST_TOKEN_BUCKETS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const TOKEN_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** See the module's description. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sources: MetricSources;
  readonly #ended = new Batch<EndedRequest>((requests) =>
    requests.forEach((request) => this.#count(request))
  );
  readonly #labels = new BoundedLabels();
  readonly #requests = this.#counter(
    "tally_requests_total",
    "Requests that have ended",
    ["model", "endpoint", "key", "outcome"],
  );
  readonly #tokens = this.#counter(
    "tally_tokens_total",
    "Tokens of requests that have ended, by kind: computed and cached are " +
      "the prompt's",
    ["model", "endpoint", "key", "outcome", "kind"],
  );
  readonly #reasoning = this.#counter(
    "tally_reasoning_tokens_total",
    "Of the generated tokens, those that were thinking",
    ["model", "endpoint", "key", "outcome"],
  );
  readonly #duration = this.#histogram(
    "tally_request_duration_seconds",
    "From a request's arrival to its end",
    DURATION_BUCKETS,
  );
  readonly #queue = this.#histogram(
    "tally_queue_seconds",
    "Waiting for a turn on a model that was loaded",
    DURATION_BUCKETS,
  );
  readonly #firstToken = this.#histogram(
    "tally_time_to_first_token_seconds",
    "From a request's arrival to its first token",
    FIRST_TOKEN_BUCKETS,
  );
  readonly #perToken = this.#histogram(
    "tally_time_per_output_token_seconds",
    "Mean time between the tokens of a request",
    TOKEN_BUCKETS,
  );

  constructor(sources: MetricSources) {
    this.#sources = sources;
    this.#addModelGauges();
    this.#addLedgerGauges();
  }

  /** Content type of {@linkcode Metrics.text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Takes a request that has ended; it is counted later. */
  add(request: EndedRequest): void {
    this.#ended.add(request);
  }

  /** All of it, in the text format of Prometheus. */
  text(): Promise<string> {
    this.#ended.flush();
    return this.#registry.metrics();
  }

  #count(entry: EndedRequest): void {
    const { endpoint, outcome } = entry;
    const { model, key } = this.#labels.modelAndKey(entry);
    const labels = { model, endpoint, key, outcome };
    const byModel = { model: this.#labels.model(entry) };
    this.#requests.inc(labels);
    for (const kind of ["computed", "cached", "generated"] as const) {
      this.#tokens.inc({ ...labels, kind }, entry[kind]);
    }
    if (entry.reasoning > 0) {
      this.#reasoning.inc(labels, entry.reasoning);
    }
    this.#duration.observe(byModel, entry.durationNs / NS);
    this.#queue.observe(byModel, entry.queueNs / NS);
    if (entry.firstTokenNs > 0) {
      this.#firstToken.observe(byModel, entry.firstTokenNs / NS);
    }
    const gaps = entry.generated - entry.finishReasons.length;
    if (gaps > 0 && entry.decodeNs > 0) {
      this.#perToken.observe(byModel, entry.decodeNs / gaps / NS);
    }
  }

  #counter<T extends string>(name: string, help: string, labelNames: T[]) {
    const registers = [this.#registry];
    return new Counter<T>({ name, help, labelNames, registers });
  }

  #histogram(name: string, help: string, buckets: number[]) {
    const labelNames = ["model"] as const;
    const registers = [this.#registry];
    return new Histogram({ name, help, labelNames, buckets, registers });
  }

  /** A gauge that is read when it is asked for. */
  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** One value a model in memory. */
  #modelGauge(
    name: string,
    help: string,
    value: (model: MeasuredModel) => number,
  ): void {
    const { loaded } = this.#sources;
    new Gauge({
      name,
      help,
      labelNames: ["model"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const each of loaded()) {
          this.set({ model: each.model.shortName }, value(each));
        }
      },
    });
  }

  #addModelGauges(): void {
    this.#modelGauge(
      "tally_model_bytes",
      "Memory of the models that are loaded, GPUs included",
      ({ sizeBytes }) => sizeBytes,
    );
    this.#modelGauge(
      "tally_requests_running",
      "Requests that a model works on",
      ({ running }) => running,
    );
    this.#modelGauge(
      "tally_requests_waiting",
      "Requests that wait for a turn on a loaded model",
      ({ waiting }) => waiting,
    );
    this.#gauge(
      "tally_models_loaded",
      "Models in memory",
      () => this.#sources.loaded().length,
    );
    this.#gauge(
      "tally_queue_length",
      "Requests that wait for a turn, on models that are loading too",
      () => this.#sources.queueLength(),
    );
  }

  #addLedgerGauges(): void {
    const { archive, ledger, version } = this.#sources;
    this.#gauge(
      "tally_requests_in_flight",
      "Requests that have begun and not ended",
      () => ledger.live().length,
    );
    this.#gauge(
      "tally_ledger_difference_tokens",
      "Tokens by which the ledger and the engines differ; must stay 0",
      () => checkLedger(ledger).difference,
    );
    this.#gauge(
      "tally_ledger_unwritten_entries",
      "Requests that the ledger's file or database has not taken",
      () => archive.state.unwritten,
    );
    this.#gauge(
      "tally_start_time_seconds",
      "When counting began",
      () => ledger.startedAt / 1000,
    );
    new Gauge({
      name: "tally_build_info",
      help: "Always 1; the label tells the version",
      labelNames: ["version"],
      registers: [this.#registry],
    }).set({ version }, 1);
  }
}
