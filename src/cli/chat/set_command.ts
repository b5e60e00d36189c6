/**
 * `/set`: changes what a chat goes by.
 *
 * @module
 */

import { isOptionName, OPTION_TYPES } from "../../model_options.ts";
import { CliError } from "../client.ts";
import type { History } from "../terminal/history.ts";
import { PARAMETER_HELP, SET_HELP } from "./help.ts";
import type { ChatSettings } from "./settings.ts";

const FLAG_VALUES: Readonly<Record<string, boolean>> = {
  "1": true,
  t: true,
  true: true,
  "0": false,
  f: false,
  false: false,
};

/** A value in the parameter's own type. Throws in Ollama's words. */
function parameterValue(name: string, words: readonly string[]): unknown {
  if (!isOptionName(name)) {
    throw new CliError(`unknown parameter '${name}'`);
  }
  const type = OPTION_TYPES[name];
  const [first = ""] = words;
  const given = `[${words.join(" ")}]`;
  switch (type) {
    case "array":
      return words;
    case "boolean":
      if (FLAG_VALUES[first.toLowerCase()] === undefined) {
        throw new CliError(`invalid bool value ${given}`);
      }
      return FLAG_VALUES[first.toLowerCase()];
    case "integer":
      if (!/^[+-]?\d+$/.test(first)) {
        throw new CliError(`invalid int value ${given}`);
      }
      return Number(first);
    case "float32":
      if (!/\d/.test(first) || !Number.isFinite(Number(first))) {
        throw new CliError(`invalid float value ${given}`);
      }
      return Number(first);
    default:
      return type satisfies never;
  }
}

function setParameter(
  settings: ChatSettings,
  name: string | undefined,
  words: readonly string[],
): string {
  if (name === undefined || words.length === 0) {
    return PARAMETER_HELP;
  }
  try {
    settings.options[name] = parameterValue(name, words);
  } catch (error) {
    const { message } = error as Error;
    return `Couldn't set parameter: ${JSON.stringify(message)}`;
  }
  return `Set parameter '${name}' to '${words.join(", ")}'`;
}

function setThink(settings: ChatSettings, think: boolean | string): string {
  settings.think = think;
  settings.thinkIsChosen = true;
  const done = think === false
    ? "Set 'nothink' mode."
    : think === true
    ? "Set 'think' mode."
    : `Set 'think' mode to '${think}'.`;
  const warning =
    `warning: model "${settings.model}" does not support thinking output\n`;
  return settings.capabilities.includes("thinking") ? done : warning + done;
}

function setFormat(settings: ChatSettings, format: string | undefined): string {
  if (format !== "json") {
    return "Invalid or missing format. For 'json' mode use '/set format json'";
  }
  settings.format = format;
  return "Set format to 'json' mode.";
}

/** Changes a setting; what to tell about it. */
export function applySetting(
  settings: ChatSettings,
  history: Pick<History, "saves">,
  [what, name, ...rest]: readonly string[],
): string {
  switch (what) {
    case undefined:
      return SET_HELP;
    case "parameter":
      return setParameter(settings, name, rest);
    case "system":
      if (name === undefined) {
        return SET_HELP;
      }
      settings.system = name.replace(/^"([^]*)"$/, "$1");
      return "Set system message.";
    case "history":
    case "nohistory":
      history.saves = what === "history";
      return `Set '${what}' mode.`;
    case "wordwrap":
    case "nowordwrap":
      settings.wordWrap = what === "wordwrap";
      return `Set '${what}' mode.`;
    case "verbose":
    case "quiet":
      settings.verbose = what === "verbose";
      return `Set '${what}' mode.`;
    case "think":
      return setThink(settings, name ?? true);
    case "nothink":
      return setThink(settings, false);
    case "format":
      return setFormat(settings, name);
    case "noformat":
      delete settings.format;
      return "Disabled format.";
    default:
      return `Unknown command '/set ${what}'. Type /? for help`;
  }
}
