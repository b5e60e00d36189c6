/**
 * `POST /api/pull` and `POST /api/push`.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import { PullRequest, PushRequest } from "../protocol/ollama_types.ts";
import type { TransferProgress } from "../registry/progress.ts";
import type { TransferRequest } from "../registry/transfers.ts";
import { readStruct } from "./body.ts";
import type { AppDeps } from "./deps.ts";
import { modelRequired } from "./model_lookup.ts";
import { streamNdjson } from "./ndjson.ts";
import { lastAsJson, workFor } from "./respond.ts";

/** Answers with the lines of a transfer, or with the last of them. */
async function answerTransfer(
  c: Context,
  { log }: AppDeps,
  body: PullRequest,
  transfer: (request: TransferRequest) => AsyncGenerator<TransferProgress>,
): Promise<Response> {
  const work = workFor(c.req.raw);
  const progress = transfer({
    model: body.model || body.name,
    insecure: body.insecure,
    signal: work.signal,
  });
  return body.stream
    ? await streamNdjson(progress, work, log)
    : await lastAsJson(progress);
}

async function pull(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readStruct(c.req.raw, PullRequest, "PullRequest");
  return await answerTransfer(
    c,
    deps,
    body,
    (request) => deps.transfers.pull(request),
  );
}

async function push(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readStruct(c.req.raw, PushRequest, "PushRequest");
  if ((body.model || body.name) === "") {
    throw modelRequired();
  }
  return await answerTransfer(
    c,
    deps,
    body,
    (request) => deps.transfers.push(request),
  );
}

/** Routes that move models between here and registries. */
export function transferRoutes(deps: AppDeps): Hono {
  return new Hono()
    .post("/pull", (c) => pull(c, deps))
    .post("/push", (c) => push(c, deps));
}
