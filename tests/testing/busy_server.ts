/**
 * A server that is busy every other time, to see clients come again.
 *
 * @module
 */

import { type ErrorKind, ServerError } from "../../src/errors.ts";
import type { GenerationRequest } from "../../src/runtime/inference.ts";
import { testApp } from "./app.ts";
import { hello } from "./fake_inference.ts";

/** Model of {@linkcode serveBusy}. */
export const BUSY_MODEL = "plain";

/** What is refused for good when it is said. */
const BAD = "something bad";

/** A server on a free port of the loopback. */
export interface BusyServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** How often it was asked what it answers in the end. */
  readonly asked: number;
  /** How often it was asked what it refuses for good. */
  readonly refused: number;
}

function says({ prompt }: GenerationRequest, text: string): boolean {
  return prompt.type === "chat" &&
    prompt.messages.some(({ content }) => content.includes(text));
}

/** Answers every second request; "something bad" is a bad request always. */
export function serveBusy(): BusyServer {
  const { app, inference } = testApp();
  const kinds: readonly ErrorKind[] = ["queue_full", "rate_limited"];
  let asked = 0;
  let refused = 0;
  inference.script = async function* (request) {
    if (says(request, BAD)) {
      refused++;
      throw new ServerError("bad_request", "this is bad");
    }
    const turn = asked++;
    const kind = kinds[(turn >> 1) % kinds.length];
    if (turn % 2 === 0 && kind !== undefined) {
      throw new ServerError(kind, "come again", { retryAfter: 1 });
    }
    yield* hello();
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    app.fetch,
  );
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}`,
    get asked() {
      return asked;
    },
    get refused() {
      return refused;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
