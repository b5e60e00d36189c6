/**
 * `tally engine`: commands in, one model, events out. Ends when its input
 * does, because then the server is gone.
 *
 * @module
 */

import { devNull } from "node:os";
import { ServerError } from "../errors.ts";
import type { EngineEvent, LoadCommand } from "../messages.ts";
import type { GrammarCompiler } from "../prompt/grammar.ts";
import type { Backend } from "./backend.ts";
import { Engine } from "./engine.ts";
import { type EngineInput, Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { standardInput } from "./standard_input.ts";

/**
 * How prompts share a step. A GPU evaluates hundreds of tokens in the time of
 * one; a CPU takes its time for each, 16 at once being as fast a token as 256
 * (`llama-bench -p`).
 */
const PROMPTS = {
  cpu: { promptTokens: 64, enoughPrompts: 32 },
  gpu: { promptTokens: 128, enoughPrompts: Infinity },
} as const;

/** Tokens whose text is read in a row, in 20 ms. */
const PIECES_AT_ONCE = 16_384;

/** Effects of {@linkcode runEngine}; tests make them up. */
export interface EngineIo {
  readonly input: EngineInput;
  readonly write: (bytes: Uint8Array) => void;
  readonly createBackend: (
    command: LoadCommand,
    onProgress: (progress: number) => void,
  ) => Backend | Promise<Backend>;
}

/** Writes all bytes; a pipe may take them in parts. */
function writeAll(bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

const PROCESS_IO: EngineIo = {
  get input() {
    return standardInput();
  },
  write: writeAll,
  createBackend: async ({ spec, availableBytes }, onProgress) => {
    const { createLlamaBackend } = await import("./llama_backend.ts");
    return await createLlamaBackend(spec, onProgress, availableBytes);
  },
};

/** Lets the steps under way go on. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Compiles grammars for the vocabulary of a model. */
export async function createCompiler(
  backend: Backend,
): Promise<GrammarCompiler> {
  const { GrammarCompiler } = await import("../prompt/grammar.ts");
  const pieces: Uint8Array[] = [];
  const ends: number[] = [];
  for (let token = 0; token < backend.info.vocabularySize; token++) {
    if (token % PIECES_AT_ONCE === 0) {
      await pause(0);
    }
    pieces.push(backend.piece(token));
    if (backend.isEndOfGeneration(token)) {
      ends.push(token);
    }
  }
  return await GrammarCompiler.create(pieces, ends);
}

/**
 * Turns of the event loop, for reads under way and grammars being compiled. A
 * read on another thread takes 0.1 milliseconds and lets all others come in.
 * `setImmediate` takes one in Deno 2.4; after messages to oneself in Deno 2.9
 * others come in only every 128 turns, tokio's budget.
 */
class Turns implements Disposable {
  readonly #nothing = Deno.openSync(devNull);
  readonly #byte = new Uint8Array(1);

  async next(): Promise<void> {
    await this.#nothing.read(this.#byte);
  }

  [Symbol.dispose](): void {
    this.#nothing.close();
  }
}

async function loadCommand(inbox: Inbox): Promise<LoadCommand | undefined> {
  const command = await inbox.first();
  return command?.type === "load" ? command : undefined;
}

async function runSteps(
  engine: Engine,
  inbox: Inbox,
  emit: (event: EngineEvent) => void,
): Promise<void> {
  using turns = new Turns();
  const outbox = new Outbox(() => performance.now());
  const send = (event: EngineEvent | undefined) => event && emit(event);
  while (!inbox.closed) {
    const commands = inbox.take();
    if (commands.length > 0) {
      // What is new may make for a long step.
      send(outbox.flush());
    }
    commands.forEach((command) => engine.submit(command));
    const event = engine.step();
    if (event !== undefined) {
      send(outbox.add(event));
      await turns.next();
    } else {
      send(outbox.flush());
      await inbox.wait();
    }
  }
}

/** Signals that may reach engines and are meant for the server. */
const STOPS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Runs until the input ends; returns the exit code. */
export async function runEngine(io: EngineIo = PROCESS_IO): Promise<number> {
  // Ctrl-C goes to the whole group, and systemd's stop to the whole service;
  // the server decides when engines end.
  const ignore = () => {};
  STOPS.forEach((signal) => Deno.addSignalListener(signal, ignore));
  try {
    return await loadAndRun(io);
  } finally {
    STOPS.forEach((signal) => Deno.removeSignalListener(signal, ignore));
  }
}

async function loadAndRun(io: EngineIo): Promise<number> {
  const encoder = new TextEncoder();
  const emit = (event: EngineEvent) =>
    io.write(encoder.encode(JSON.stringify(event) + "\n"));
  const inbox = new Inbox(io.input);
  const command = await loadCommand(inbox);
  if (command === undefined) {
    return 0;
  }
  const { spec } = command;
  let backend: Backend;
  try {
    backend = await io.createBackend(
      command,
      (progress) => emit({ type: "loading", progress }),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const refused = error instanceof ServerError;
    emit({ type: "load_failed", message, refused });
    return 1;
  }
  emit({ type: "ready", info: backend.info });
  const engine = new Engine(backend, {
    batchSize: spec.batchSize,
    ...PROMPTS[backend.info.gpuLayers > 0 ? "gpu" : "cpu"],
    embedding: spec.embedding,
    createCompiler,
    pause,
    now: () => performance.now(),
    wake: () => inbox.wake(),
  });
  await runSteps(engine, inbox, emit);
  return 0;
}
