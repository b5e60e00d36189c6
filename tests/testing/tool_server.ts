/**
 * A server whose model answers every question with the call of a tool, which
 * small models cannot be relied on to do.
 *
 * @module
 */

import type { InferenceService } from "../../src/http/deps.ts";
import { testApp } from "./app.ts";

/** The model of {@linkcode serveToolCalls}. */
export const TOOL_MODEL = "thinker";

/** What it calls, whatever it is asked. */
export const TOOL_CALL = {
  name: "weather",
  arguments: { city: "Paris", days: 2 },
};

async function* callTool(): ReturnType<InferenceService["generate"]> {
  const prompt = { cached: 0, computed: 9 };
  yield { type: "started", loadNs: 7_000, prompt };
  yield { type: "text", text: "Let me see. " };
  yield { type: "call", call: { id: "call_weather", ...TOOL_CALL } };
  yield await Promise.resolve({
    type: "done",
    reason: "stop",
    counts: { ...prompt, generated: 3 },
    reasoningTokens: 0,
    timings: { promptNs: 1_000, decodeNs: 2_000 },
    context: [1, 2, 3],
  });
}

/** Serves it on a free port of the loopback. */
export function serveToolCalls(): AsyncDisposable & { baseUrl: string } {
  const { app, inference } = testApp();
  inference.script = callTool;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    app.fetch,
  );
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
