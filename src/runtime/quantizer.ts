/**
 * Has GGUF files written again by an engine process.
 *
 * @module
 */

import { ServerError } from "../errors.ts";
import type { QuantizeJob } from "../messages.ts";
import { describeExit, lastWords } from "./engine_death.ts";
import { spawnEngine } from "./engine_process.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** Lines of the log kept to explain a failure. */
const KEPT_LOG_LINES = 40;

/** Tensors that are written, of all there are: `[  12/ 272] blk.0…`. */
const PROGRESS = /^\[\s*(\d+)\/\s*(\d+)\]/;

/** libllama's words for why it gives up. */
const REASON = /failed to quantize: (.*)$/;

function failure(
  status: { readonly code: number; readonly signal: string | null },
  log: readonly string[],
): ServerError {
  const told = log.map((line) => REASON.exec(line)?.[1]).find(Boolean);
  const reason = told ?? [describeExit(status), lastWords(log)]
    .filter((part) => part !== "").join(": ");
  return new ServerError(
    told === undefined ? "engine_died" : "bad_request",
    `cannot rewrite the GGUF file: ${reason}`,
  );
}

/**
 * Does the job; yields how much of it is done, from 0 to 1. Whoever stops
 * reading, or aborts, ends the process.
 */
export async function* quantize(
  job: QuantizeJob,
  signal: AbortSignal,
): AsyncGenerator<number> {
  signal.throwIfAborted();
  const child = spawnEngine("--quantize");
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // Already gone.
    }
  };
  signal.addEventListener("abort", kill, { once: true });
  const unread = child.stdout.cancel();
  const writer = child.stdin.getWriter();
  const log: string[] = [];
  let finished = false;
  try {
    writer.write(new TextEncoder().encode(JSON.stringify(job) + "\n"))
      .catch(() => {});
    const lines = child.stderr.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const [, done, all] = PROGRESS.exec(line) ?? [];
      if (done !== undefined) {
        yield Number(done) / Number(all);
      } else {
        log.push(line.trimEnd());
        log.splice(0, log.length - KEPT_LOG_LINES);
      }
    }
    finished = true;
  } finally {
    signal.removeEventListener("abort", kill);
    if (!finished) {
      kill();
    }
    await writer.close().catch(() => {});
    await unread.catch(() => {});
    await child.status;
  }
  const status = await child.status;
  signal.throwIfAborted();
  if (!status.success) {
    throw failure(status, log);
  }
}
