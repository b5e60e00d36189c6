/**
 * The interactive chat of `tally run`.
 *
 * @module
 */

import { readVariable, VARIABLES } from "../../config.ts";
import type { Client } from "../client.ts";
import { list } from "../list.ts";
import { print, tell } from "../output.ts";
import { History, historyPath } from "../terminal/history.ts";
import { LineEditor } from "../terminal/line_editor.ts";
import { standardTerminal } from "../terminal/standard_terminal.ts";
import { stoppable } from "./answer.ts";
import { readAttachments } from "./attachments.ts";
import { type ChatCommand, parseCommand } from "./command.ts";
import { Conversation } from "./conversation.ts";
import { helpOn } from "./help.ts";
import { loadModel, loadOther } from "./load_command.ts";
import { readMessage } from "./message_reader.ts";
import { saveChat } from "./save_command.ts";
import { applySetting } from "./set_command.ts";
import { type ChatSettings, takesAttachments } from "./settings.ts";
import { showTopic } from "./show_command.ts";

/** What the model was given to begin with, as if it had been said here. */
function printFirstMessages({ firstMessages }: ChatSettings): void {
  for (const { role, content } of firstMessages) {
    if (role === "user") {
      print(`>>> ${content}\n`);
    } else if (role === "assistant") {
      print(`${content}\n\n`);
    }
  }
}

/** One chat at the terminal. */
class Chat {
  readonly #client: Client;
  readonly #settings: ChatSettings;
  readonly #conversation: Conversation;
  readonly #history: History;

  constructor(client: Client, settings: ChatSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#conversation = new Conversation(client, settings);
    const saves = !readVariable(VARIABLES.noHistory);
    this.#history = new History(historyPath(), saves);
  }

  /** Chats until the person leaves. An error is told and the chat goes on. */
  async run(): Promise<void> {
    const editor = new LineEditor(standardTerminal(), this.#history);
    let message = await readMessage(editor);
    while (message !== undefined) {
      const command = parseCommand(message);
      if (command.type === "bye") {
        return;
      }
      try {
        await this.#carryOut(command);
      } catch (error) {
        tell(`error: ${error instanceof Error ? error.message : error}\n`);
      }
      message = await readMessage(editor);
    }
  }

  async #carryOut(command: ChatCommand): Promise<void> {
    const settings = this.#settings;
    switch (command.type) {
      case "help":
        return print(`${helpOn(command.topic, takesAttachments(settings))}\n`);
      case "clear":
        this.#conversation.clear();
        return print("Cleared session context\n");
      case "show": {
        const { topic } = command;
        return print(`${await showTopic(this.#client, settings, topic)}\n`);
      }
      case "list":
        return await list(this.#client, command.prefix);
      case "set":
        return print(
          `${applySetting(settings, this.#history, command.words)}\n`,
        );
      case "load":
        return await this.#load(command.model);
      case "save":
        return await this.#save(command.model);
      case "unknown":
        return print(
          `Unknown command '${command.command}'. Type /? for help\n`,
        );
      case "say":
        return await this.#say(command.text);
      case "nothing":
      case "bye":
        return;
      default:
        command satisfies never;
    }
  }

  async #say(text: string): Promise<void> {
    const { text: content, images } = takesAttachments(this.#settings)
      ? await readAttachments(text)
      : { text, images: [] };
    const message = {
      role: "user",
      content,
      ...(images.length > 0 ? { images } : {}),
    };
    await stoppable((signal) => this.#conversation.say(message, signal));
  }

  async #load(model: string | undefined): Promise<void> {
    if (model === undefined) {
      print("Usage:\n  /load <modelname>\n");
    } else if (await loadOther(this.#client, this.#settings, model)) {
      this.#conversation.clear();
    }
  }

  async #save(model: string | undefined): Promise<void> {
    if (model === undefined) {
      print("Usage:\n  /save <modelname>\n");
    } else {
      await saveChat(this.#client, this.#conversation, model);
    }
  }
}

/** Chats at the terminal until the person leaves. */
export async function chat(
  client: Client,
  settings: ChatSettings,
): Promise<void> {
  await loadModel(client, settings);
  printFirstMessages(settings);
  await new Chat(client, settings).run();
}
