/**
 * The interactive chat of `tally run`.
 *
 * @module
 */

import { createInterface, type Interface } from "node:readline";
import process from "node:process";
import type { Client } from "./client.ts";
import type { Conversation } from "./conversation.ts";
import { tell } from "./output.ts";
import { show } from "./show.ts";

const HELP = `Available Commands:
  /set parameter NAME VALUE   Set an option, such as temperature 0.2
  /set system TEXT            Set the system message
  /set verbose | quiet        Show timings, or not
  /set think | nothink        Ask the model to think, or not
  /set format json | noformat Answer in JSON, or freely
  /show                       Show the model
  /load MODEL                 Go on with another model
  /clear                      Forget what was said
  /bye                        Leave
  /?, /help                   This help

Use """ to begin and end a message of several lines.
`;

/** A line typed at the prompt. */
export type ReplCommand =
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "set"; readonly words: readonly string[] }
  | { readonly type: "load"; readonly model: string }
  | { readonly type: "show" | "clear" | "bye" | "help" | "nothing" }
  | { readonly type: "unknown"; readonly text: string };

/** What a line asks for. */
export function parseReplCommand(line: string): ReplCommand {
  const text = line.trim();
  if (text === "") {
    return { type: "nothing" };
  }
  const [command = "", ...words] = text.split(/\s+/);
  switch (command) {
    case "/bye":
    case "/exit":
      return { type: "bye" };
    case "/?":
    case "/help":
      return { type: "help" };
    case "/clear":
      return { type: "clear" };
    case "/show":
      return { type: "show" };
    case "/set":
      return { type: "set", words };
    case "/load":
      return words[0] === undefined
        ? { type: "unknown", text: "/load needs a model's name" }
        : { type: "load", model: words[0] };
  }
  const isPath = /^\/\S*[/.]/.test(text);
  return text.startsWith("/") && !isPath
    ? { type: "unknown", text: `Unknown command '${command}'. Try /help` }
    : { type: "say", text };
}

function parameterValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Changes a setting; what to tell about it. */
export function applySetting(
  { settings }: Pick<Conversation, "settings">,
  words: readonly string[],
): string {
  const [what, name, ...rest] = words;
  switch (what) {
    case "parameter":
      if (name === undefined || rest.length === 0) {
        return "Usage: /set parameter NAME VALUE";
      }
      settings.options[name] = name === "stop"
        ? rest
        : parameterValue(rest.join(" "));
      return `Set parameter '${name}' to '${rest.join(" ")}'`;
    case "system":
      settings.system = words.slice(1).join(" ").replace(/^"+|"+$/g, "");
      return "Set system message.";
    case "verbose":
    case "quiet":
      settings.verbose = what === "verbose";
      return `Set '${what}' mode.`;
    case "think":
      settings.think = name ?? true;
      return "Set 'think' mode.";
    case "nothink":
      settings.think = false;
      return "Set 'nothink' mode.";
    case "format":
      settings.format = name ?? "json";
      return `Set format to '${name ?? "json"}' mode.`;
    case "noformat":
      delete settings.format;
      return "Disabled format.";
    default:
      return "Usage: /set parameter|system|verbose|quiet|think|format …";
  }
}

/** Lines from the keyboard. */
class Prompt {
  readonly #lines: Interface;
  /** Called instead of leaving when Ctrl-C is pressed. */
  interrupt: (() => void) | undefined;

  constructor() {
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
    });
    this.#lines.on("SIGINT", () => {
      if (this.interrupt) {
        this.interrupt();
      } else {
        tell("\nUse Ctrl-D or /bye to leave.\n");
        this.#lines.prompt();
      }
    });
  }

  /** A line, or undefined at the end of the input. */
  ask(mark: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const closed = () => resolve(undefined);
      this.#lines.once("close", closed);
      this.#lines.question(mark, (line) => {
        this.#lines.removeListener("close", closed);
        resolve(line);
      });
    });
  }

  /** A message; one that begins with `"""` runs on until it is closed. */
  async message(): Promise<string | undefined> {
    let text = await this.ask(">>> ");
    if (!text?.startsWith('"""')) {
      return text;
    }
    text = text.slice(3);
    while (!text.includes('"""')) {
      const more = await this.ask("... ");
      if (more === undefined) {
        return text;
      }
      text += `\n${more}`;
    }
    return text.slice(0, text.indexOf('"""'));
  }

  close(): void {
    this.#lines.close();
  }
}

async function answer(
  prompt: Prompt,
  conversation: Conversation,
  text: string,
): Promise<void> {
  const stop = new AbortController();
  prompt.interrupt = () => stop.abort();
  try {
    await conversation.say(text, stop.signal);
  } finally {
    prompt.interrupt = undefined;
  }
}

/** Carries out one line. False: the person wants to leave. */
async function carryOut(
  command: ReplCommand,
  prompt: Prompt,
  conversation: Conversation,
  client: Client,
): Promise<boolean> {
  switch (command.type) {
    case "bye":
      return false;
    case "help":
      tell(HELP);
      break;
    case "clear":
      conversation.clear();
      tell("Cleared session context\n");
      break;
    case "show":
      await show(client, conversation.settings.model, {});
      break;
    case "set":
      tell(`${applySetting(conversation, command.words)}\n`);
      break;
    case "load":
      conversation.settings.model = command.model;
      conversation.clear();
      await conversation.load();
      break;
    case "unknown":
      tell(`${command.text}\n`);
      break;
    case "say":
      await answer(prompt, conversation, command.text);
      break;
    case "nothing":
      break;
    default:
      command satisfies never;
  }
  return true;
}

/** Chats until the person leaves. An error is told and the chat goes on. */
export async function repl(
  client: Client,
  conversation: Conversation,
): Promise<void> {
  await conversation.load();
  const prompt = new Prompt();
  let goesOn = true;
  while (goesOn) {
    const line = await prompt.message();
    if (line === undefined) {
      break;
    }
    try {
      const command = parseReplCommand(line);
      goesOn = await carryOut(command, prompt, conversation, client);
    } catch (error) {
      tell(`Error: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  prompt.close();
}
