/**
 * `tally show`: facts about a model.
 *
 * @module
 */

import type { Client } from "./client.ts";
import { CliError } from "./client.ts";
import { print } from "./output.ts";

/** Answer of `/api/show` as far as it is shown. */
export interface ShownModel {
  readonly license?: string;
  readonly modelfile: string;
  readonly parameters?: string;
  readonly template?: string;
  readonly system?: string;
  /** Oldest version of Ollama that runs it. */
  readonly requires?: string;
  readonly details: {
    readonly family: string;
    readonly parameter_size: string;
    readonly quantization_level: string;
  };
  readonly model_info: Readonly<Record<string, unknown>>;
  readonly tensors?: readonly {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly number[];
  }[];
  readonly capabilities: readonly string[];
}

/** One part instead of the overview. */
export interface ShowOptions {
  readonly license?: boolean;
  readonly modelfile?: boolean;
  readonly parameters?: boolean;
  readonly system?: boolean;
  readonly template?: boolean;
  readonly verbose?: boolean;
}

const PARTS = [
  "license",
  "modelfile",
  "parameters",
  "system",
  "template",
] as const;

/** A part of a model that is text. */
export type ShownPart = typeof PARTS[number];

/** Whether there is such a part. */
export function isShownPart(text: string): text is ShownPart {
  return PARTS.some((part) => part === text);
}

function section(title: string, lines: readonly (readonly string[])[]): string {
  const width = Math.max(...lines.map(([key = ""]) => key.length));
  const body = lines.map(([key = "", value = ""]) =>
    `    ${key.padEnd(width)}    ${value}`.trimEnd()
  );
  return [`  ${title}`, ...body, ""].join("\n");
}

/** Lines of a long text that the overview shows. */
const SHOWN_LINES = 2;

function textLines(text: string): string[][] {
  const lines = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  const shown = lines.slice(0, SHOWN_LINES);
  return [...shown, ...(lines.length > SHOWN_LINES ? ["..."] : [])]
    .map((line) => [line]);
}

/** Items of a list that are shown; vocabularies have hundreds of thousands. */
const SHOWN_ITEMS = 3;

function factText(value: unknown): string {
  if (!Array.isArray(value) || value.length <= SHOWN_ITEMS) {
    return typeof value === "string" ? value : JSON.stringify(value);
  }
  const shown = value.slice(0, SHOWN_ITEMS).map((item) => JSON.stringify(item));
  return `[${shown.join(", ")}, ...+${value.length - SHOWN_ITEMS} more]`;
}

/** The facts that fit a screen; all of them with `verbose`. */
export function overview(model: ShownModel, verbose: boolean): string {
  const { details, model_info: info } = model;
  const ofFamily = (key: string) =>
    String(info[`${info["general.architecture"]}.${key}`] ?? "");
  const sections = [
    section(
      "Model",
      [
        ["architecture", details.family],
        ["parameters", details.parameter_size],
        ["context length", ofFamily("context_length")],
        ["embedding length", ofFamily("embedding_length")],
        ["quantization", details.quantization_level],
        ["requires", model.requires ?? ""],
      ]
        .filter(([, value]) => value),
    ),
    section("Capabilities", model.capabilities.map((each) => [each])),
  ];
  if (model.parameters) {
    const lines = model.parameters.split("\n")
      .map((line) => line.split(/\s+(.*)/));
    sections.push(section("Parameters", lines));
  }
  if (model.system) {
    sections.push(section("System", textLines(model.system)));
  }
  if (model.license) {
    sections.push(section("License", textLines(model.license)));
  }
  if (verbose) {
    const facts = Object.keys(info).sort()
      .map((key) => [key, factText(info[key])]);
    sections.push(section("Metadata", facts));
    const tensors = (model.tensors ?? [])
      .map(({ name, type, shape }) => [name, `${type} [${shape.join(" ")}]`]);
    sections.push(section("Tensors", tensors));
  }
  return sections.join("\n") + "\n";
}

/** Prints an overview of the model, or the one part that is asked for. */
export async function show(
  client: Client,
  model: string,
  options: ShowOptions,
): Promise<void> {
  const asked = PARTS.filter((part) => options[part]);
  if (asked.length > 1) {
    throw new CliError(
      "only one of '--license', '--modelfile', '--parameters', '--system', " +
        "or '--template' can be specified",
    );
  }
  const verbose = options.verbose ?? false;
  const shown = await client.send<ShownModel>("POST", "/api/show", {
    model,
    verbose,
  });
  const [part] = asked;
  print(part ? `${shown[part] ?? ""}\n` : overview(shown, verbose));
}
