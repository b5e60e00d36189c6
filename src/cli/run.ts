/**
 * `tally run`: one answer, or a chat.
 *
 * @module
 */

import { chat } from "./chat/chat.ts";
import { complete } from "./chat/completion.ts";
import { adoptModel, type ChatModel } from "./chat/settings.ts";
import { type Client, CliError } from "./client.ts";
import { embed } from "./embed.ts";
import { pull } from "./pull.ts";
import { initialSettings, type RunOptions } from "./run_options.ts";

/** What was piped in. */
async function pipedText(): Promise<string> {
  return Deno.stdin.isTerminal()
    ? ""
    : await new Response(Deno.stdin.readable).text();
}

/** What the server tells of a model, which is pulled when need be. */
async function showOrPull(
  client: Client,
  model: string,
  options: RunOptions,
): Promise<ChatModel> {
  const show = () => client.send<ChatModel>("POST", "/api/show", { model });
  try {
    return await show();
  } catch (error) {
    const isCloud = /[:-]cloud$/.test(model);
    if (!(error instanceof CliError) || error.status !== 404 || isCloud) {
      throw error;
    }
    await pull(client, model, options);
    return await show();
  }
}

/** Answers the prompt, with what is piped in before it, or chats. */
export async function run(
  client: Client,
  model: string,
  words: readonly string[],
  options: RunOptions,
): Promise<void> {
  const settings = initialSettings(model, options);
  const piped = await pipedText();
  const prompt = [...(piped === "" ? [] : [piped]), ...words].join(" ");
  adoptModel(settings, model, await showOrPull(client, model, options));
  if (settings.capabilities.includes("embedding")) {
    await embed(client, settings, prompt, options);
  } else if (
    words.length === 0 && Deno.stdin.isTerminal() && Deno.stdout.isTerminal()
  ) {
    await chat(client, settings);
  } else {
    await complete(client, settings, prompt);
  }
}
