/**
 * `GET /metrics`, for Prometheus.
 *
 * @module
 */

import { Hono } from "@hono/hono";
import type { AppDeps } from "./deps.ts";

/** The route. */
export function metricsRoutes({ metrics }: AppDeps): Hono {
  return new Hono().get(
    "/metrics",
    async () =>
      new Response(await metrics.text(), {
        headers: { "Content-Type": metrics.contentType },
      }),
  );
}
