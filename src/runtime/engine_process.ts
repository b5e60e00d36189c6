/**
 * Starts `tally engine` and carries lines to and from it.
 *
 * @module
 */

import { TextLineStream } from "./text_line_stream.ts";
import type { EngineCommand, EngineEvent } from "../messages.ts";

/** Lines of standard error kept to explain a death. */
const KEPT_LOG_LINES = 40;

/** How a process ended. */
export interface EngineExit {
  readonly code: number;
  readonly signal: string | null;
}

/** A running engine process, or a test's stand-in. */
export interface EngineProcess {
  /** Events in order; ends when the process does. */
  readonly events: AsyncIterable<EngineEvent>;
  readonly exit: Promise<EngineExit>;
  readonly pid: number;
  /** Last lines of its log, oldest first. */
  logTail(): readonly string[];
  /** Sends a command; lost silently when the process is gone. */
  send(command: EngineCommand): void;
  /** Closes its input, which ends it after the step it is in. */
  end(): void;
  kill(): void;
}

/** Starts an engine process. */
export type StartEngine = (onLog: (line: string) => void) => EngineProcess;

/** How this very program is started again as an engine. */
function engineCommandLine(): string[] {
  if (Deno.build.standalone) {
    return ["engine"];
  }
  const main = new URL("../../main.ts", import.meta.url).href;
  return ["run", "-A", "--no-check", "--quiet", main, "engine"];
}

/** Starts this program again as an engine. */
export function spawnEngine(...flags: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...engineCommandLine(), ...flags],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // ggml would start a debugger for its backtrace and hold the death up.
    env: { GGML_NO_BACKTRACE: "1" },
  }).spawn();
}

/** By hand, for it runs at every step: transform streams cost far more. */
async function* parseLines(
  stdout: ReadableStream<Uint8Array>,
): AsyncGenerator<EngineEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("{")) {
        yield JSON.parse(line);
      }
    }
  }
}

async function keepLog(
  stderr: ReadableStream<Uint8Array>,
  kept: string[],
  onLog: (line: string) => void,
): Promise<void> {
  const lines = stderr.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    if (line.trim() === "") {
      continue;
    }
    kept.push(line.trimEnd());
    if (kept.length > KEPT_LOG_LINES) {
      kept.shift();
    }
    onLog(line.trimEnd());
  }
}

/** Starts this program again as an engine process. */
export const startEngineProcess: StartEngine = (onLog) => {
  const child = spawnEngine();
  const log: string[] = [];
  const logged = keepLog(child.stderr, log, onLog).catch(() => {});
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  return {
    events: parseLines(child.stdout),
    exit: child.status.then(async ({ code, signal }) => {
      await logged;
      return { code, signal };
    }),
    pid: child.pid,
    logTail: () => log,
    send: (command) => {
      writer.write(encoder.encode(JSON.stringify(command) + "\n"))
        .catch(() => {});
    },
    end: () => {
      writer.close().catch(() => {});
    },
    kill: () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // Already gone.
      }
    },
  };
};
