/**
 * What telemetry tells of a request, in the words of OpenTelemetry's
 * conventions for generative AI
 * (https://github.com/open-telemetry/semantic-conventions-genai, whose status
 * is "development"), and of ours where it has none.
 *
 * @module
 */

import type { Attributes } from "@opentelemetry/api";
import { BoundedLabels } from "../bounded_labels.ts";
import type { EndedRequest } from "../entry.ts";
import { operationOf } from "../operation.ts";

/** Where this server listens. */
export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
}

/** What spans and metrics have in common. */
export function commonAttributes(
  request: EndedRequest,
  { hostname, port }: ServerAddress,
): Attributes {
  const { endpoint, errorKind, key, model, outcome } = request;
  return {
    "gen_ai.operation.name": operationOf(endpoint),
    "gen_ai.provider.name": "tally",
    "gen_ai.request.model": model,
    "gen_ai.response.model": model,
    "server.address": hostname,
    "server.port": port,
    "http.route": endpoint,
    "tally.key": key,
    "tally.outcome": outcome,
    ...(outcome === "completed" ? {} : { "error.type": errorKind ?? outcome }),
  };
}

/** The same, of so many models, keys and groups of them at most. */
export class MetricAttributes {
  readonly #labels = new BoundedLabels();

  /** Attributes of a request's measurements. */
  of(request: EndedRequest, server: ServerAddress): Attributes {
    const labels = this.#labels.modelAndKey(request);
    return commonAttributes({ ...request, ...labels }, server);
  }
}
