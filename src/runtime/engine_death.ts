/**
 * What to tell clients when an engine process ended, in Ollama's words.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { EngineExit, EngineProcess } from "./engine_process.ts";

/** Lines of libllama's log that tell a reason. */
const TELLING = /error|fail|assert|abort|terminate|out of memory|cannot/i;

/** The last lines that tell a reason, on one line. */
export function lastWords(log: readonly string[]): string {
  const telling = log.filter((line) => TELLING.test(line));
  return telling.slice(-3).join("; ");
}

/** How it ended, for people. */
export function describeExit(exit: EngineExit): string {
  return exit.signal === null
    ? `exit status ${exit.code}`
    : `signal: ${exit.signal}`;
}

/** Why a load ended without a model. */
export async function loadFailure(
  process: EngineProcess,
  message: string | undefined,
  timedOut: boolean,
): Promise<ServerError> {
  const exit = await process.exit;
  const words = lastWords(process.logTail());
  if (timedOut) {
    const reason = words || "no progress within OLLAMA_LOAD_TIMEOUT";
    return new ServerError(
      "load_failed",
      `timed out waiting for llama-server to start - ${reason}`,
    );
  }
  const reason = [message ?? describeExit(exit), words]
    .filter((part) => part !== "").join(": ");
  return new ServerError(
    "load_failed",
    `llama-server process has terminated: ${reason}`,
  );
}

/** Why requests under way ended. */
export function deathReason(
  exit: EngineExit,
  log: readonly string[],
  cause: unknown,
): ServerError {
  const reason = [describeExit(exit), lastWords(log)]
    .filter((part) => part !== "").join(": ");
  return new ServerError(
    "engine_died",
    "model runner has unexpectedly stopped, this may be due to resource " +
      "limitations or an internal error, check ollama server logs for " +
      `details: ${reason}`,
    { cause },
  );
}
