/**
 * Flags of `tally run`, and the settings that a chat begins with.
 *
 * @module
 */

import { parseDuration } from "../duration.ts";
import type { ChatSettings } from "./chat/settings.ts";
import { CliError } from "./client.ts";

/** Flags of `tally run`. */
export interface RunOptions {
  readonly verbose?: boolean;
  readonly format?: string;
  readonly keepalive?: string;
  readonly think?: string;
  readonly hidethinking?: boolean;
  readonly nowordwrap?: boolean;
  readonly insecure?: boolean;
  readonly truncate?: string;
  readonly dimensions?: string;
}

const THINK_LEVELS = ["low", "medium", "high", "max"];

function parseFormat(format: string): unknown {
  if (format === "json") {
    return format;
  }
  try {
    return JSON.parse(format);
  } catch (cause) {
    throw new CliError(
      `invalid value for --format: ${JSON.stringify(format)} ` +
        "(must be json or a JSON Schema)",
      { cause },
    );
  }
}

function parseThink(think: string): string | boolean {
  if (think === "true" || think === "false") {
    return think === "true";
  }
  if (THINK_LEVELS.includes(think)) {
    return think;
  }
  throw new CliError(
    `invalid value for --think: ${JSON.stringify(think)} ` +
      "(must be true, false, high, medium, low, or max)",
  );
}

/** A bare number is seconds. */
function parseKeepAlive(text: string): string | number {
  if (/^-?\d+$/.test(text)) {
    return Number(text);
  }
  parseDuration(text);
  return text;
}

/** Length of a vector. */
export function parseDimensions(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new CliError(
      `invalid argument ${JSON.stringify(text)} for "--dimensions" flag`,
    );
  }
  return Number(text);
}

/** The settings that flags ask for. */
export function initialSettings(
  model: string,
  options: RunOptions,
): ChatSettings {
  const { format, keepalive, think } = options;
  return {
    model,
    parentModel: "",
    capabilities: [],
    firstMessages: [],
    think: think === undefined ? undefined : parseThink(think),
    thinkIsChosen: think !== undefined,
    hideThinking: options.hidethinking ?? false,
    verbose: options.verbose ?? false,
    wordWrap: !options.nowordwrap,
    options: {},
    ...(format ? { format: parseFormat(format) } : {}),
    ...(keepalive ? { keepAlive: parseKeepAlive(keepalive) } : {}),
  };
}
