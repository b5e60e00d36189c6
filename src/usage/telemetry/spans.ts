/**
 * A span for each request, made when it has ended.
 *
 * @module
 */

import {
  type Attributes,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { EndedRequest } from "../entry.ts";
import { operationOf } from "../operation.ts";
import { commonAttributes, type ServerAddress } from "./attributes.ts";

const NS_PER_MS = 1e6;

const PROPAGATOR = new W3CTraceContextPropagator();

/** The span of whoever asked, if there is one. */
function parentOf({ trace }: EndedRequest) {
  return PROPAGATOR.extract(ROOT_CONTEXT, trace ?? {}, defaultTextMapGetter);
}

function attributesOf(
  request: EndedRequest,
  server: ServerAddress,
): Attributes {
  const { cached, computed, generated, reasoning, finishReasons } = request;
  return {
    ...commonAttributes(request, server),
    "gen_ai.response.id": request.id,
    ...(finishReasons.length === 0
      ? {}
      : { "gen_ai.response.finish_reasons": [...finishReasons] }),
    "gen_ai.usage.input_tokens": cached + computed,
    "gen_ai.usage.cache_read.input_tokens": cached,
    "gen_ai.usage.output_tokens": generated,
    "gen_ai.usage.reasoning.output_tokens": reasoning,
  };
}

/** Reports a request that has ended. */
export function traceRequest(
  tracer: Tracer,
  request: EndedRequest,
  server: ServerAddress,
): void {
  const { endpoint, errorKind, model, outcome, startedAt } = request;
  const span = tracer.startSpan(
    `${operationOf(endpoint)} ${model}`,
    {
      kind: SpanKind.SERVER,
      startTime: startedAt,
      attributes: attributesOf(request, server),
    },
    parentOf(request),
  );
  if (outcome === "failed" || outcome === "rejected") {
    const message = errorKind ?? outcome;
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  // Not when it ended by the wall clock, which may have been set meanwhile.
  span.end(startedAt + request.durationNs / NS_PER_MS);
}
