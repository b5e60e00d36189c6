/**
 * Commands on their way in.
 *
 * @module
 */

import type { EngineCommand } from "../messages.ts";

/** Bytes of commands; null is the end of them. */
export interface EngineInput {
  /** What is there already; undefined when nothing is. Never waits. */
  readonly poll: () => Uint8Array | null | undefined;
  /** Waits for more. */
  readonly read: () => Promise<Uint8Array | null>;
}

/**
 * Commands that have come, and the end of them. While steps are made they are
 * polled for: an asynchronous read of Deno 2.9 was seen to come 200
 * milliseconds late when all cores compute.
 */
export class Inbox {
  readonly #input: EngineInput;
  readonly #decoder = new TextDecoder();
  #commands: EngineCommand[] = [];
  #rest = "";
  #closed = false;
  #reading: Promise<void> | undefined;
  #wake = () => {};

  constructor(input: EngineInput) {
    this.#input = input;
  }

  /** No more commands will come. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Waits for the first command; undefined when none comes. */
  async first(): Promise<EngineCommand | undefined> {
    while (this.#commands.length === 0 && !this.#closed) {
      await this.wait();
    }
    return this.#commands.shift();
  }

  /** Takes the commands that have come. */
  take(): EngineCommand[] {
    // A read under way has the right to the next bytes.
    while (this.#reading === undefined && !this.#closed) {
      const bytes = this.#input.poll();
      if (bytes === undefined) {
        break;
      }
      this.#add(bytes);
    }
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  /** Waits for a command, the end, or {@linkcode Inbox.wake}. */
  async wait(): Promise<void> {
    if (this.#closed) {
      return;
    }
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    this.#reading ??= this.#input.read().then((bytes) => {
      this.#reading = undefined;
      this.#add(bytes);
    });
    await Promise.race([this.#reading, woken]);
  }

  /** Ends a wait. */
  wake(): void {
    this.#wake();
  }

  #add(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.#closed = true;
      return;
    }
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    this.#commands.push(...lines.map((line) => JSON.parse(line)));
  }
}
