/**
 * `tally run`: one answer, or a chat.
 *
 * @module
 */

import type { Client } from "./client.ts";
import { type ChatSettings, Conversation } from "./conversation.ts";
import { repl } from "./repl.ts";

/** Flags of `tally run`. */
export interface RunOptions {
  readonly verbose?: boolean;
  readonly format?: string;
  readonly keepalive?: string;
  readonly think?: string | boolean;
  readonly hidethinking?: boolean;
}

async function pipedText(): Promise<string> {
  return Deno.stdin.isTerminal()
    ? ""
    : (await new Response(Deno.stdin.readable).text()).trim();
}

function parseFormat(format: string): unknown {
  return format.trim().startsWith("{") ? JSON.parse(format) : format;
}

function parseThink(think: string | boolean): string | boolean {
  return think === "true" || think === "false" ? think === "true" : think;
}

/** Answers the prompt, with what is piped in before it, or chats. */
export async function run(
  client: Client,
  model: string,
  words: readonly string[],
  options: RunOptions,
): Promise<void> {
  const settings: ChatSettings = {
    model,
    hideThinking: options.hidethinking ?? false,
    verbose: options.verbose ?? false,
    options: {},
    ...(options.format ? { format: parseFormat(options.format) } : {}),
    ...(options.keepalive ? { keepAlive: options.keepalive } : {}),
    ...(options.think === undefined
      ? {}
      : { think: parseThink(options.think) }),
  };
  const conversation = new Conversation(client, settings);
  const piped = await pipedText();
  const prompt = [piped, words.join(" ")].filter((text) => text !== "")
    .join("\n\n");
  if (prompt !== "") {
    await conversation.say(prompt);
  } else if (Deno.stdin.isTerminal()) {
    await repl(client, conversation);
  }
}
