/**
 * `tally run`: one answer, or a chat.
 *
 * @module
 */

import { type Client, CliError, explainNotFound } from "./client.ts";
import { type ChatSettings, Conversation } from "./conversation.ts";
import { print } from "./output.ts";
import { repl } from "./repl.ts";

/** Flags of `tally run`. */
export interface RunOptions {
  readonly verbose?: boolean;
  readonly format?: string;
  readonly keepalive?: string;
  readonly think?: string;
  readonly hidethinking?: boolean;
  readonly nowordwrap?: boolean;
}

/** Columns below which breaking lines between words does not help. */
const LEAST_COLUMNS = 10;

/** What was asked: what is piped in, then the words, as Ollama joins them. */
async function askedPrompt(words: readonly string[]): Promise<string> {
  const piped = Deno.stdin.isTerminal()
    ? ""
    : await new Response(Deno.stdin.readable).text();
  return [...(piped === "" ? [] : [piped]), ...words].join(" ");
}

function parseFormat(format: string): unknown {
  return format.trim().startsWith("{") ? JSON.parse(format) : format;
}

function parseThink(think: string): string | boolean {
  return think === "true" || think === "false" ? think === "true" : think;
}

/** A bare number is seconds. */
function parseKeepAlive(text: string): string | number {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function wrapColumns(wanted: boolean): number | undefined {
  if (!wanted || !Deno.stdout.isTerminal()) {
    return undefined;
  }
  const { columns } = Deno.consoleSize();
  return columns < LEAST_COLUMNS ? undefined : columns;
}

function chatSettings(model: string, options: RunOptions): ChatSettings {
  const { format, keepalive, think } = options;
  const wrap = wrapColumns(!options.nowordwrap);
  return {
    model,
    hideThinking: options.hidethinking ?? false,
    verbose: options.verbose ?? false,
    options: {},
    ...(format ? { format: parseFormat(format) } : {}),
    ...(keepalive ? { keepAlive: parseKeepAlive(keepalive) } : {}),
    ...(think === undefined ? {} : { think: parseThink(think) }),
    ...(wrap === undefined ? {} : { wrapColumns: wrap }),
  };
}

async function capabilitiesOf(
  client: Client,
  model: string,
): Promise<readonly string[]> {
  try {
    const shown = await client.send<{ capabilities?: string[] }>(
      "POST",
      "/api/show",
      { model },
    );
    return shown.capabilities ?? [];
  } catch (error) {
    throw explainNotFound(
      error,
      `model '${model}' not found. See the models there are with: ` +
        "tally list. Make one of a GGUF file with: tally create",
    );
  }
}

async function embed(
  client: Client,
  { model, keepAlive }: ChatSettings,
  input: string,
): Promise<void> {
  if (input === "") {
    throw new CliError(
      `'${model}' embeds and does not chat. Give it a text: ` +
        `tally run ${model} "your text"`,
    );
  }
  const { embeddings } = await client.send<{ embeddings: number[][] }>(
    "POST",
    "/api/embed",
    { model, input, keep_alive: keepAlive },
  );
  print(`${JSON.stringify(embeddings[0])}\n`);
}

/** Answers the prompt, with what is piped in before it, or chats. */
export async function run(
  client: Client,
  model: string,
  words: readonly string[],
  options: RunOptions,
): Promise<void> {
  const settings = chatSettings(model, options);
  const interactive = words.length === 0 && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
  const prompt = await askedPrompt(words);
  const capabilities = await capabilitiesOf(client, model);
  if (capabilities.includes("embedding")) {
    await embed(client, settings, prompt);
    return;
  }
  const conversation = new Conversation(client, settings);
  if (interactive) {
    await repl(client, conversation);
  } else if (prompt === "") {
    await conversation.load();
  } else {
    await conversation.say(prompt);
  }
}
