/**
 * Engine processes whose every event the test decides.
 *
 * @module
 */

import type {
  EngineCommand,
  EngineEvent,
  EngineInfo,
  EngineSpec,
} from "../../src/messages.ts";
import type {
  EngineExit,
  EngineProcess,
} from "../../src/runtime/engine_process.ts";

/** Facts of a scripted engine. */
export const SCRIPTED_INFO: EngineInfo = {
  libraryVersion: "test",
  flavour: "cpu",
  contextLength: 64,
  parallel: 2,
  embeddingLength: 4,
  vocabularySize: 300,
  bosText: "<s>",
  eosText: "</s>",
  sizeBytes: 1000,
  gpuBytes: 0,
  gpuLayers: 0,
};

/** An engine process without a process. */
export class ScriptedEngine implements EngineProcess {
  readonly events: AsyncIterable<EngineEvent>;
  readonly exit: Promise<EngineExit>;
  readonly pid = 0;
  readonly commands: EngineCommand[] = [];
  readonly log: string[] = [];
  #controller!: ReadableStreamDefaultController<EngineEvent>;
  #exited!: (exit: EngineExit) => void;
  #gone = false;

  constructor() {
    this.events = new ReadableStream<EngineEvent>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    this.exit = new Promise((resolve) => this.#exited = resolve);
  }

  get spec(): EngineSpec | undefined {
    const load = this.commands.find((each) => each.type === "load");
    return load?.spec;
  }

  logTail(): readonly string[] {
    return this.log;
  }

  send(command: EngineCommand): void {
    this.commands.push(command);
  }

  end(): void {
    this.die({ code: 0, signal: null });
  }

  kill(): void {
    this.die({ code: 137, signal: "SIGKILL" });
  }

  emit(event: EngineEvent): void {
    this.#controller.enqueue(event);
  }

  ready(info: Partial<EngineInfo> = {}): void {
    this.emit({ type: "ready", info: { ...SCRIPTED_INFO, ...info } });
  }

  die(exit: EngineExit): void {
    if (!this.#gone) {
      this.#gone = true;
      this.#controller.close();
      this.#exited(exit);
    }
  }
}
