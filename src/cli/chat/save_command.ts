/**
 * `/save`: makes a model of a chat.
 *
 * @module
 */

import { type Client, CliError } from "../client.ts";
import { print } from "../output.ts";
import type { Conversation } from "./conversation.ts";

/** Makes a model of the chat's settings and of what was said. */
export async function saveChat(
  client: Client,
  { settings, messages }: Conversation,
  model: string,
): Promise<void> {
  const { system, options, firstMessages, parentModel } = settings;
  try {
    await client.send("POST", "/api/create", {
      model,
      from: parentModel || settings.model,
      system,
      parameters: options,
      messages: [...firstMessages, ...messages],
      stream: false,
    });
  } catch (error) {
    if (error instanceof CliError && /invalid model name/.test(error.message)) {
      print(`error: The model name '${model}' is invalid\n`);
      return;
    }
    throw error;
  }
  print(`Created new model '${model}'\n`);
}
