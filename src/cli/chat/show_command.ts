/**
 * `/show`: facts about the model of a chat.
 *
 * @module
 */

import type { Client } from "../client.ts";
import { overview, type ShownModel } from "../show.ts";
import { SHOW_HELP } from "./help.ts";
import type { ChatSettings } from "./settings.ts";

function parametersText(
  { parameters }: ShownModel,
  { options }: ChatSettings,
): string {
  const own = parameters
    ? parameters.split("\n").map((line) => `  ${line}`)
    : ["  No additional parameters were specified for this model."];
  const chosen = Object.entries(options)
    .map(([name, value]) => `  ${name.padEnd(30)} ${value}`);
  return [
    "Model defined parameters:",
    ...own,
    "",
    ...(chosen.length > 0 ? ["User defined parameters:", ...chosen, ""] : []),
  ].join("\n");
}

function part(
  model: ShownModel,
  settings: ChatSettings,
  topic: string,
): string {
  switch (topic) {
    case "info":
      return overview(model, false).trimEnd() + "\n";
    case "license":
      return model.license || "No license was specified for this model.";
    case "modelfile":
      return model.modelfile;
    case "parameters":
      return parametersText(model, settings);
    case "system":
      return settings.system || model.system ||
        "No system message was specified for this model.";
    case "template":
      return model.template ||
        "No prompt template was specified for this model.";
    default:
      return `Unknown command '/show ${topic}'. Type /? for help`;
  }
}

/** What there is to tell about a topic. */
export async function showTopic(
  client: Client,
  settings: ChatSettings,
  topic: string | undefined,
): Promise<string> {
  if (topic === undefined) {
    return SHOW_HELP;
  }
  const { model, system, options } = settings;
  const shown = await client.send<ShownModel>("POST", "/api/show", {
    model,
    system,
    options,
  });
  return part(shown, settings, topic);
}
