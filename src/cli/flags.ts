/**
 * Flags as Ollama's command line takes them, where Commander's differ.
 *
 * @module
 */

import type { CommanderError } from "commander";

/** Flags that take a value after `=` only, never the next word. */
const VALUE_AFTER_EQUALS = ["--think", "--truncate"];

/** Flags that are there or not, and may say so: `--verbose=false`. */
const SWITCH =
  /^--(?:details|hidethinking|insecure|json|license|modelfile|nowordwrap|parameters|system|template|verbose)=(.*)$/;

function normalizeFlag(arg: string): string[] {
  if (VALUE_AFTER_EQUALS.includes(arg)) {
    return [`${arg}=true`];
  }
  switch (SWITCH.exec(arg)?.[1]) {
    case "true":
    case "1":
      return [arg.slice(0, arg.indexOf("="))];
    case "false":
    case "0":
      return [];
    default:
      return [arg];
  }
}

/** Arguments as Commander reads them; what follows `--` stays. */
export function normalizeFlags(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  return [...flags.flatMap(normalizeFlag), ...args.slice(flags.length)];
}

/** What is wrong with the arguments, in Ollama's words where it has some. */
export function explainUsage({ code, message }: CommanderError): string {
  const text = message.replace(/^error: /, "");
  switch (code) {
    case "commander.unknownOption":
      return text.replace(/unknown option '(.*)'/, "unknown flag: $1");
    case "commander.unknownCommand":
      return text.replace(
        /unknown command '(.*)'/,
        'unknown command "$1" for "tally"',
      );
    case "commander.optionMissingArgument":
      return text.replace(
        /.*'(?:-\w, )?(--\w+).*/,
        "flag needs an argument: $1",
      );
    default:
      return text;
  }
}
