/**
 * One chat with a model: its history and one answer at a time.
 *
 * @module
 */

import type { Client } from "../client.ts";
import { showAnswer } from "./answer.ts";
import type { AnsweredCall, AnswerPart } from "./answer_part.ts";
import type { ChatSettings, Message } from "./settings.ts";
import type { Timings } from "./timings.ts";

/** A chunk of `/api/chat`. */
interface ChatChunk extends Timings {
  readonly message?: {
    readonly content?: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly AnsweredCall[];
  };
  readonly done: boolean;
}

function toPart({ message, done, ...timings }: ChatChunk): AnswerPart {
  return {
    content: message?.content ?? "",
    thinking: message?.thinking ?? "",
    calls: message?.tool_calls ?? [],
    ...(done ? { timings } : {}),
  };
}

/** A chat. */
export class Conversation {
  readonly settings: ChatSettings;
  readonly #client: Client;
  #messages: Message[] = [];

  constructor(client: Client, settings: ChatSettings) {
    this.#client = client;
    this.settings = settings;
  }

  /** What was said, the system message before it. */
  get messages(): readonly Message[] {
    const { system } = this.settings;
    return system
      ? [{ role: "system", content: system }, ...this.#messages]
      : this.#messages;
  }

  /** Forgets what was said. */
  clear(): void {
    this.#messages = [];
  }

  /** Says something and shows the answer as it comes. */
  async say(message: Message, signal: AbortSignal): Promise<void> {
    this.#messages.push(message);
    try {
      const content = await showAnswer(
        this.#answer(signal),
        this.settings,
        signal,
      );
      this.#messages.push({ role: "assistant", content });
    } catch (error) {
      this.#messages.pop();
      throw error;
    }
  }

  async *#answer(signal: AbortSignal): AsyncGenerator<AnswerPart> {
    const { model, format, keepAlive, think, options } = this.settings;
    const chunks = this.#client.stream<ChatChunk>("/api/chat", {
      model,
      messages: this.messages,
      format,
      keep_alive: keepAlive,
      think,
      options,
    }, signal);
    for await (const chunk of chunks) {
      yield toPart(chunk);
    }
  }
}
