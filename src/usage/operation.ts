/**
 * What kinds of work there are, and the routes that ask for them.
 *
 * @module
 */

import { RERANK_ENDPOINTS } from "../generation.ts";

/** Names as OpenTelemetry's conventions have them, and one of ours. */
export type Operation = "chat" | "text_completion" | "embeddings" | "rerank";

/** Paths of the routes whose requests are in the ledger. */
export const ENDPOINTS: Readonly<Record<Operation, readonly string[]>> = {
  chat: [
    "/api/chat",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/chat/completions",
  ],
  text_completion: [
    "/api/generate",
    "/v1/completions",
    "/completion",
    "/completions",
    "/infill",
  ],
  embeddings: [
    "/api/embed",
    "/api/embeddings",
    "/v1/embeddings",
    "/embedding",
    "/embeddings",
  ],
  rerank: RERANK_ENDPOINTS,
};

const OPERATION_OF = new Map(
  Object.entries(ENDPOINTS).flatMap(([operation, paths]) =>
    paths.map((path) => [path, operation as Operation] as const)
  ),
);

/** The kind of work a route asks for. */
export function operationOf(endpoint: string): Operation {
  return OPERATION_OF.get(endpoint) ?? "chat";
}
