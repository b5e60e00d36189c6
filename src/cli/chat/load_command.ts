/**
 * `/load`: goes on with another model.
 *
 * @module
 */

import { type Client, CliError } from "../client.ts";
import { print } from "../output.ts";
import { Spinner } from "../terminal/spinner.ts";
import { load } from "./completion.ts";
import { adoptModel, type ChatModel, type ChatSettings } from "./settings.ts";

/** Loads what the settings name, and shows that it takes time. */
export async function loadModel(
  client: Client,
  settings: ChatSettings,
): Promise<void> {
  using _spinner = new Spinner();
  await load(client, settings);
}

/** Loads a model and keeps it in the settings; false: there is none. */
export async function loadOther(
  client: Client,
  settings: ChatSettings,
  model: string,
): Promise<boolean> {
  print(`Loading model '${model}'\n`);
  const changed = { ...settings };
  try {
    const body = { model };
    const shown = await client.send<ChatModel>("POST", "/api/show", body);
    adoptModel(changed, model, shown);
    await loadModel(client, changed);
  } catch (error) {
    if (error instanceof CliError && error.status === 404) {
      print(`Couldn't find model '${model}'\n`);
      return false;
    }
    throw error;
  }
  Object.assign(settings, changed);
  return true;
}
