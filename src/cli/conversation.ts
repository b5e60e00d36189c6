/**
 * One chat with a model: its history, its settings, one answer at a time.
 *
 * @module
 */

import type { Client } from "./client.ts";
import { humanDuration } from "./human.ts";
import { print, tell } from "./output.ts";
import { WordWrap } from "./word_wrap.ts";

/** Settings of a conversation that flags and commands change. */
export interface ChatSettings {
  model: string;
  system?: string;
  format?: unknown;
  /** A Go duration, or seconds. */
  keepAlive?: string | number;
  think?: boolean | string;
  hideThinking: boolean;
  verbose: boolean;
  /** Break lines between words so that they fit; absent: as they come. */
  wrapColumns?: number;
  options: Record<string, unknown>;
}

interface Message {
  readonly role: string;
  readonly content: string;
}

/** A chunk of `/api/chat`. */
interface ChatChunk {
  readonly message?: { readonly content: string; readonly thinking?: string };
  readonly done: boolean;
  readonly total_duration?: number;
  readonly load_duration?: number;
  readonly prompt_eval_count?: number;
  readonly prompt_eval_duration?: number;
  readonly eval_count?: number;
  readonly eval_duration?: number;
}

function rate(count: number, nanoseconds: number): string {
  const perSecond = nanoseconds > 0 ? count / (nanoseconds / 1e9) : 0;
  return `${perSecond.toFixed(2)} tokens/s`;
}

/** Timings as `--verbose` prints them. */
export function timingLines(chunk: ChatChunk): string {
  const {
    total_duration = 0,
    load_duration = 0,
    prompt_eval_count = 0,
    prompt_eval_duration = 0,
    eval_count = 0,
    eval_duration = 0,
  } = chunk;
  return [
    `total duration:       ${humanDuration(total_duration)}`,
    `load duration:        ${humanDuration(load_duration)}`,
    `prompt eval count:    ${prompt_eval_count} token(s)`,
    `prompt eval duration: ${humanDuration(prompt_eval_duration)}`,
    `prompt eval rate:     ${rate(prompt_eval_count, prompt_eval_duration)}`,
    `eval count:           ${eval_count} token(s)`,
    `eval duration:        ${humanDuration(eval_duration)}`,
    `eval rate:            ${rate(eval_count, eval_duration)}`,
    "",
  ].join("\n");
}

/** Shows one answer as it comes. */
class AnswerPrinter {
  readonly #settings: ChatSettings;
  readonly #wrap: WordWrap;
  #thinks = false;

  constructor(settings: ChatSettings) {
    this.#settings = settings;
    this.#wrap = new WordWrap(settings.wrapColumns ?? Infinity);
  }

  show({ message }: ChatChunk): void {
    if (message?.thinking && !this.#settings.hideThinking) {
      tell(
        this.#thinks ? message.thinking : `Thinking...\n${message.thinking}`,
      );
      this.#thinks = true;
    }
    if (message?.content) {
      this.#endThinking();
      print(this.#wrapped(message.content));
    }
  }

  end(): void {
    this.#endThinking();
    print(`${this.#wrap.end()}\n`);
  }

  #endThinking(): void {
    if (this.#thinks) {
      tell("\n...done thinking.\n\n");
      this.#thinks = false;
    }
  }

  #wrapped(text: string): string {
    return this.#settings.wrapColumns === undefined
      ? text
      : this.#wrap.push(text);
  }
}

/** A chat with its history. */
export class Conversation {
  readonly settings: ChatSettings;
  readonly #client: Client;
  #messages: Message[] = [];

  constructor(client: Client, settings: ChatSettings) {
    this.#client = client;
    this.settings = settings;
  }

  /** Forgets what was said. */
  clear(): void {
    this.#messages = [];
  }

  /** Loads the model, so that the first answer does not wait for it. */
  async load(): Promise<void> {
    await this.#client.send("POST", "/api/generate", {
      model: this.settings.model,
      keep_alive: this.settings.keepAlive,
      stream: false,
    });
  }

  /** Says something and prints the answer as it comes. */
  async say(content: string, signal?: AbortSignal): Promise<void> {
    this.#messages.push({ role: "user", content });
    const printer = new AnswerPrinter(this.settings);
    let answer = "";
    let last: ChatChunk | undefined;
    try {
      for await (const chunk of this.#chunks(signal)) {
        answer += chunk.message?.content ?? "";
        printer.show(chunk);
        last = chunk;
      }
    } catch (error) {
      if (!signal?.aborted) {
        this.#messages.pop();
        throw error;
      }
    } finally {
      printer.end();
    }
    this.#messages.push({ role: "assistant", content: answer });
    if (last?.done && this.settings.verbose) {
      tell(`\n${timingLines(last)}`);
    }
  }

  #chunks(signal?: AbortSignal): AsyncGenerator<ChatChunk> {
    const { model, system, format, keepAlive, think, options } = this.settings;
    const messages = system
      ? [{ role: "system", content: system }, ...this.#messages]
      : this.#messages;
    return this.#client.stream<ChatChunk>("/api/chat", {
      model,
      messages,
      format,
      keep_alive: keepAlive,
      think,
      options,
    }, signal);
  }
}
