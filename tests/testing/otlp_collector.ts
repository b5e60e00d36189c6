/**
 * A collector of OpenTelemetry for a test: takes OTLP over HTTP in Protocol
 * Buffers, keeps spans and the last value of every metric.
 *
 * @module
 */

import { type Fields, readOtlp } from "./otlp_messages.ts";

/** Attributes with plain values. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A span. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  /** Nanoseconds since the epoch, about. */
  readonly start: number;
  readonly end: number;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly attributes: Attributes;
}

/** A histogram of one set of attributes. */
export interface CollectedPoint {
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly attributes: Attributes;
}

/** A histogram. */
export interface CollectedMetric {
  readonly unit: string;
  readonly points: readonly CollectedPoint[];
}

function listOf(fields: Fields, name: string): Fields[] {
  return (fields[name] ?? []) as Fields[];
}

function plainValue(value: Fields): unknown {
  const list = value["list"] as Fields | undefined;
  return list === undefined
    ? value["value"]
    : listOf(list, "values").map(plainValue);
}

function attributesOf(fields: Fields): Attributes {
  return Object.fromEntries(
    listOf(fields, "attributes")
      .map(({ key, value }) => [key, plainValue(value as Fields)]),
  );
}

function withAttributes(fields: Fields): Fields {
  return { ...fields, attributes: attributesOf(fields) };
}

/** See the module's description. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly metrics = new Map<string, CollectedMetric>();
  /** Attributes of the last resource. */
  resource: Attributes = {};
  /** Headers of the last request. */
  headers = new Headers();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
    }, (request) => this.#take(request));
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
  }

  async #take(request: Request): Promise<Response> {
    const isTrace = new URL(request.url).pathname === "/v1/traces";
    const body = await request.bytes();
    this.headers = request.headers;
    const read = readOtlp(body, isTrace ? "Span" : "Metric");
    for (const each of listOf(read, "resources")) {
      this.resource = attributesOf(each["resource"] as Fields);
      const items = listOf(each, "scopes")
        .flatMap((scope) => listOf(scope, "items"));
      items.forEach((item) => isTrace ? this.#span(item) : this.#metric(item));
    }
    return new Response(new Uint8Array(), {
      headers: { "Content-Type": "application/x-protobuf" },
    });
  }

  #span(item: Fields): void {
    this.spans.push(withAttributes(item) as unknown as CollectedSpan);
  }

  /** Values are cumulative: the last ones count. */
  #metric({ name, unit, data }: Fields): void {
    const points = listOf(data as Fields, "points").map(withAttributes);
    const metric = { unit, points } as unknown as CollectedMetric;
    this.metrics.set(String(name), metric);
  }
}
