/**
 * The interactive chat of `tally run`.
 *
 * @module
 */

import type { Client } from "./client.ts";
import type { Conversation } from "./conversation.ts";
import { Keyboard } from "./keyboard.ts";
import { list } from "./list.ts";
import { tell } from "./output.ts";
import { isShownPart, show, type ShownPart } from "./show.ts";

const HELP = `Available Commands:
  /set parameter NAME VALUE   Set an option, such as temperature 0.2
  /set system TEXT            Set the system message
  /set verbose | quiet        Show timings, or not
  /set think | nothink        Ask the model to think, or not
  /set format json | noformat Answer in JSON, or freely
  /show [PART]                Show the model, or its license, modelfile,
                              parameters, system or template
  /list                       Show the models there are
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
  | { readonly type: "show"; readonly part?: ShownPart }
  | { readonly type: "list" | "clear" | "bye" | "help" | "nothing" }
  | { readonly type: "unknown"; readonly text: string };

function parseShow(part = "info"): ReplCommand {
  if (part === "info") {
    return { type: "show" };
  }
  return isShownPart(part)
    ? { type: "show", part }
    : { type: "unknown", text: `Unknown command '/show ${part}'. Try /help` };
}

/** The lines between `"""`, or the text as it is. */
function withoutQuotes(text: string): string {
  return /^"""([^]*?)(?:"""|$)/.exec(text)?.[1] ?? text;
}

function parseSet(text: string, words: readonly string[]): ReplCommand {
  const system = /^\/set\s+system\s+([^]+)$/.exec(text)?.[1];
  return system === undefined
    ? { type: "set", words }
    : { type: "set", words: ["system", withoutQuotes(system)] };
}

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
    case "/list":
      return { type: "list" };
    case "/show":
      return parseShow(words[0]);
    case "/set":
      return parseSet(text, words);
    case "/load":
      return words[0] === undefined
        ? { type: "unknown", text: "/load needs a model's name" }
        : { type: "load", model: words[0] };
  }
  const isPath = /^\/\S*[/.]/.test(text);
  return text.startsWith("/") && !isPath
    ? { type: "unknown", text: `Unknown command '${command}'. Try /help` }
    : { type: "say", text: withoutQuotes(text) };
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

async function answer(
  keyboard: Keyboard,
  conversation: Conversation,
  text: string,
): Promise<void> {
  const stop = new AbortController();
  keyboard.interrupt = () => stop.abort();
  try {
    await conversation.say(text, stop.signal);
  } finally {
    keyboard.interrupt = undefined;
  }
}

/** Goes on with another model, if there is one of that name. */
async function load(conversation: Conversation, model: string): Promise<void> {
  const before = conversation.settings.model;
  conversation.settings.model = model;
  try {
    await conversation.load();
  } catch (error) {
    conversation.settings.model = before;
    throw error;
  }
  conversation.clear();
}

/** Carries out one line. False: the person wants to leave. */
async function carryOut(
  command: ReplCommand,
  keyboard: Keyboard,
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
      await show(
        client,
        conversation.settings.model,
        command.part === undefined ? {} : { [command.part]: true },
      );
      break;
    case "list":
      await list(client);
      break;
    case "set":
      tell(`${applySetting(conversation, command.words)}\n`);
      break;
    case "load":
      await load(conversation, command.model);
      break;
    case "unknown":
      tell(`${command.text}\n`);
      break;
    case "say":
      await answer(keyboard, conversation, command.text);
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
  const keyboard = new Keyboard();
  let goesOn = true;
  while (goesOn) {
    const line = await keyboard.message();
    if (line === undefined) {
      tell("\n");
      break;
    }
    try {
      const command = parseReplCommand(line);
      goesOn = await carryOut(command, keyboard, conversation, client);
    } catch (error) {
      tell(`Error: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  keyboard.close();
}
