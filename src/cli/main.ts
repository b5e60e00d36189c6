/**
 * The command line: which verb, with which flags.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import {
  type Config,
  ConfigError,
  readConfig,
  readVariable,
  VARIABLES,
} from "../config.ts";
import { VERSION } from "../version.ts";
import { Client, CliError } from "./client.ts";
import { explainUsage, normalizeFlags } from "./flags.ts";
import { addKeys } from "./key_verbs.ts";
import { bypassProxyForLoopback } from "./loopback.ts";
import { print, tell } from "./output.ts";
import { allSettingsHelp, settingsHelp } from "./settings_help.ts";

/** Flags of `serve`; each stands above its variable. */
interface ServeFlags {
  readonly host?: string;
  readonly models?: string;
  readonly gpu?: string;
}

function serveConfig(flags: ServeFlags): Config {
  const above: Record<string, string | undefined> = {
    OLLAMA_HOST: flags.host,
    OLLAMA_MODELS: flags.models,
    TALLY_GPU: flags.gpu,
  };
  return readConfig((name) => above[name] ?? Deno.env.get(name));
}

/** Sets what the program returns to the shell. */
type SetExitCode = (code: number) => void;

function addServe(program: Command, exit: SetExitCode): void {
  program.command("serve").alias("start")
    .description("Start the server")
    .option("--host <address>", "address to serve on, above OLLAMA_HOST")
    .option("--models <folder>", "folder of the models, above OLLAMA_MODELS")
    .option("--gpu <flavour>", "auto, cpu, cuda, vulkan or metal")
    .addHelpText("after", allSettingsHelp)
    .action(async (flags: ServeFlags) => {
      const { serve } = await import("./serve.ts");
      exit(await serve(serveConfig(flags)));
    });
}

function connect(): Client {
  return new Client(
    readVariable(VARIABLES.host),
    readVariable(VARIABLES.apiKey),
  );
}

function addRun(program: Command): void {
  program.command("run")
    .description("Run a model: answer a prompt, or chat")
    .argument("<model>")
    .argument("[prompt...]")
    .option("--verbose", "show timings")
    .option("--format <format>", "json, or a JSON Schema")
    .option("--keepalive <duration>", "how long the model stays (5m, -1)")
    .option("--think [level]", "true, false, or low, medium, high, max")
    .option("--hidethinking", "do not show what the model thinks")
    .option("--nowordwrap", "do not break lines between words")
    .option("--insecure", "pull over plain HTTP when the model is not here")
    .option("--truncate [cut]", "cut texts to embed; false: refuse long ones")
    .option("--dimensions <count>", "length of the vector of a text to embed")
    .addHelpText("after", () => settingsHelp("host", "editor", "noHistory"))
    .action(async (model, prompt, options) => {
      const { run } = await import("./run.ts");
      await run(connect(), model, prompt, options);
    });
}

function addShow(program: Command): void {
  program.command("show")
    .description("Show facts about a model")
    .argument("<model>")
    .option("--license", "show its license")
    .option("--modelfile", "show its Modelfile")
    .option("--parameters", "show its parameters")
    .option("--system", "show its system message")
    .option("--template", "show its template")
    .option("-v, --verbose", "show all its metadata and tensors")
    .action(async (model, options) => {
      const { show } = await import("./show.ts");
      await show(connect(), model, options);
    });
}

function addLists(program: Command): void {
  program.command("list").alias("ls")
    .description("List models")
    .argument("[prefix]", "beginning of the names to list")
    .action(async (prefix) => {
      const { list } = await import("./list.ts");
      await list(connect(), prefix);
    });
  program.command("ps")
    .description("List models in memory")
    .argument("[prefix]", "beginning of the names to list")
    .action(async (prefix) => {
      const { ps } = await import("./ps.ts");
      await ps(connect(), prefix);
    });
  program.command("usage")
    .description("Show what models have been asked and have answered")
    .option("--details", "by outcome, with cached tokens")
    .option(
      "--by <names>",
      "by model, key, endpoint, outcome, end_user, server, and minute, hour " +
        "or day, with commas",
    )
    .option("--since <time>", "such as 24h, 7d or 2026-01-28")
    .option("--until <time>", "the same")
    .option("--all", "of all servers that share a ledger")
    .option("--json", "as the server answers it")
    .option("--csv", "for spreadsheets")
    .option("--watch [seconds]", "again and again (default every 2 seconds)")
    .action(async (options) => {
      const { usage } = await import("./usage.ts");
      await usage(connect(), options);
    });
}

function addTransfers(program: Command): void {
  program.command("pull")
    .description("Pull a model from a registry")
    .argument("<model>")
    .option("--insecure", "over plain HTTP")
    .action(async (model, options) => {
      const { pull } = await import("./pull.ts");
      await pull(connect(), model, options);
    });
  program.command("push")
    .description("Push a model to a registry")
    .argument("<model>")
    .option("--insecure", "over plain HTTP")
    .action(async (model, options) => {
      const { push } = await import("./push.ts");
      await push(connect(), model, options);
    });
}

function addChanges(program: Command): void {
  program.command("create")
    .description("Create a model from a Modelfile")
    .argument("<model>")
    .option("-f, --file <path>", "the Modelfile (default ./Modelfile)")
    .option("-q, --quantize <type>", "quantize to this type, such as q4_K_M")
    .action(async (model, options) => {
      const { create } = await import("./create.ts");
      await create(connect(), model, options);
    });
  program.command("cp")
    .description("Give a model a second name")
    .argument("<source>")
    .argument("<destination>")
    .action(async (source, destination) => {
      const { cp } = await import("./cp.ts");
      await cp(connect(), source, destination);
    });
  program.command("rm")
    .description("Remove models")
    .argument("<models...>")
    .action(async (models) => {
      const { rm } = await import("./rm.ts");
      await rm(connect(), models);
    });
  program.command("stop")
    .description("Unload a model")
    .argument("<model>")
    .action(async (model) => {
      const { stop } = await import("./stop.ts");
      await stop(connect(), model);
    });
}

/** Verbs that are about Ollama's cloud. */
function addAccount(program: Command): void {
  for (const name of ["signin", "signout", "login", "logout"]) {
    program.command(name, { hidden: name.startsWith("log") })
      .description("Not available: Tally has no cloud")
      .action(() => {
        throw new CliError(`${name} is not available: Tally has no cloud`);
      });
  }
}

/** Every verb that talks to a server names the setting it goes by. */
function addHostHelp(program: Command): void {
  for (const command of program.commands) {
    if (!["serve", "run"].includes(command.name())) {
      command.addHelpText("after", () => settingsHelp("host", "apiKey"));
    }
  }
}

function createProgram(exit: SetExitCode): Command {
  const program = new Command("tally")
    .description("An Ollama-compatible LLM server that counts every token")
    .version(`tally version ${VERSION}`, "-v, --version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: tell,
      outputError: () => {},
    });
  addServe(program, exit);
  addRun(program);
  addTransfers(program);
  addChanges(program);
  addShow(program);
  addLists(program);
  addHostHelp(program);
  addKeys(program);
  addAccount(program);
  program.command("version")
    .description("Show the version")
    .action(() => print(`tally version ${VERSION}\n`));
  return program;
}

/** Errors to be told without a stack; others are bugs. */
const EXPECTED_ERRORS: readonly (new (...args: never[]) => Error)[] = [
  CliError,
  ConfigError,
  SyntaxError,
  RangeError,
  ...Object.values(Deno.errors),
];

function isExpected(error: unknown): error is Error {
  return EXPECTED_ERRORS.some((expected) => error instanceof expected);
}

/** Runs a verb; returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  bypassProxyForLoopback();
  let code = 0;
  const program = createProgram((each) => code = each);
  if (args.length === 0) {
    program.outputHelp();
    return code;
  }
  try {
    await program.parseAsync(normalizeFlags(args), { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help on what there is not was all that could be told.
      if (error.exitCode !== 0 && error.code !== "commander.help") {
        tell(`Error: ${explainUsage(error)}\n`);
      }
      return error.exitCode;
    }
    if (isExpected(error)) {
      tell(`Error: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}
