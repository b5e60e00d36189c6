/**
 * The verbs below `tally keys`, with their flags.
 *
 * @module
 */

import type { Command } from "commander";
import { readVariable, VARIABLES } from "../config.ts";
import { settingsHelp } from "./settings_help.ts";

/** Adds `keys create`, `keys list` and `keys revoke`. */
export function addKeys(program: Command): void {
  const keys = program.command("keys")
    .description("Make, list and revoke API keys")
    .addHelpText("after", () => settingsHelp("keysFile"));
  const file = () => readVariable(VARIABLES.keysFile);
  keys.command("create")
    .description("Make a key and print it")
    .argument("<name>", "what the ledger calls its requests")
    .option("--admin", "may also see usage and manage models")
    .option("--models <names>", "only these models, with commas")
    .option("--tokens-per-minute <n>", "prompt and generated tokens together")
    .option("--tokens-per-day <n>", "the same, a day of UTC")
    .option("--tokens-per-month <n>", "the same, a month of UTC")
    .option("--requests-per-minute <n>", "requests, whatever their size")
    .option("--requests-per-day <n>", "the same, a day of UTC")
    .option("--requests-per-month <n>", "the same, a month of UTC")
    .action(async (name, flags) => {
      const { createNewKey } = await import("./keys.ts");
      createNewKey(file(), name, flags);
    });
  keys.command("list").alias("ls")
    .description("List the keys, without themselves")
    .option("--json", "as JSON")
    .action(async (flags) => {
      const { listKeys } = await import("./keys.ts");
      listKeys(file(), flags);
    });
  keys.command("revoke").alias("rm")
    .description("End a key for ever")
    .argument("<name>")
    .action(async (name) => {
      const { revoke } = await import("./keys.ts");
      revoke(file(), name);
    });
}
