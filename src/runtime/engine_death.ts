/**
 * What to tell clients when an engine process ended, in Ollama's words.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { EngineExit, EngineProcess } from "./engine_process.ts";

/** Lines of libllama's log that tell a reason. */
const TELLING =
  /error|fail|assert|abort|terminate|what\(\)|invalid|out of memory|cannot/i;

/** The model's own fields, which libllama prints and which may say anything. */
const HEADER_FIELD = /^llama_model_loader: - /;

/** Lines that only say that there is a reason. */
const EMPTY_WORDS = /failed to load model( from .*)?$/;

/** The function that wrote a line, before its text. */
const WRITER = /^\w+: (error loading model: )?/;

/** Ollama tells such ends of a load apart. */
const OUT_OF_MEMORY =
  /out of (device )?memory|failed to allocate|allocation failed|bad_alloc/i;

/** The last lines that tell a reason, on one line. */
export function lastWords(log: readonly string[]): string {
  const telling = log.filter((line) =>
    TELLING.test(line) && !HEADER_FIELD.test(line)
  );
  const full = telling.filter((line) => !EMPTY_WORDS.test(line));
  return (full.length > 0 ? full : telling).slice(-3)
    .map((line) => line.replace(WRITER, "")).join("; ");
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
  const what = OUT_OF_MEMORY.test(words)
    ? "llama-server reported out-of-memory during startup"
    : "llama-server process has terminated";
  return new ServerError("load_failed", `${what}: ${reason}`);
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
