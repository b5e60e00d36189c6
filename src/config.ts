/**
 * The configuration: one described table of environment variables, read once
 * into a frozen {@linkcode Config}. The table is also what `--help` prints.
 *
 * @module
 */

import { parseDuration } from "./duration.ts";
import type { GpuFlavour } from "./messages.ts";
import { type LogLevel } from "./log.ts";

/** A variable could not be understood; the start stops with this message. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** One row of the table. */
interface Variable<T> {
  readonly name: string;
  readonly help: string;
  /** As printed in help. */
  readonly defaultText: string;
  /** Receives the trimmed, unquoted value; "" when the variable is unset. */
  readonly parse: (value: string) => T;
}

function variable<T>(
  name: string,
  defaultText: string,
  help: string,
  parse: (value: string) => T,
): Variable<T> {
  return { name, defaultText, help, parse };
}

/** Where the server listens and clients connect. */
export interface HostAddress {
  readonly scheme: "http" | "https";
  readonly hostname: string;
  readonly port: number;
}

function integer(fallback: number, least: number): (value: string) => number {
  return (value) => {
    if (value === "") {
      return fallback;
    }
    const number = Number(value);
    if (!Number.isInteger(number) || number < least) {
      throw new RangeError(`expected a whole number of at least ${least}`);
    }
    return number;
  };
}

function flag(value: string): boolean {
  if (["", "0", "false", "f", "no", "off"].includes(value.toLowerCase())) {
    return false;
  }
  if (["1", "true", "t", "yes", "on"].includes(value.toLowerCase())) {
    return true;
  }
  throw new RangeError("expected true or false");
}

function oneOf<const T extends string>(
  fallback: T,
  choices: readonly T[],
): (value: string) => T {
  return (value) => {
    const choice = value === "" ? fallback : value.toLowerCase();
    const found = choices.find((each) => each === choice);
    if (found === undefined) {
      throw new RangeError(`expected one of ${choices.join(", ")}`);
    }
    return found;
  };
}

/** Milliseconds; a bare number is seconds; negative is for ever. */
function duration(fallback: string): (value: string) => number {
  return (value) => {
    const text = value === "" ? fallback : value;
    return /^-?\d+(\.\d+)?$/.test(text)
      ? forever(Number(text) * 1000)
      : forever(parseDuration(text));
  };
}

function forever(milliseconds: number): number {
  return milliseconds < 0 ? Infinity : milliseconds;
}

/** A load time limit of zero or less is none. */
function timeout(fallback: string): (value: string) => number {
  const parse = duration(fallback);
  return (value) => parse(value) || Infinity;
}

/** `[scheme://]host[:port]`, as Ollama reads OLLAMA_HOST. */
export function parseHost(value: string): HostAddress {
  const match = /^(?:(https?):\/\/)?(.*?)\/*$/i.exec(value.trim());
  const scheme = match?.[1]?.toLowerCase() === "https" ? "https" : "http";
  const defaultPort = match?.[1] === undefined
    ? 11434
    : scheme === "https"
    ? 443
    : 80;
  const rest = (match?.[2] ?? "").split("/")[0] ?? "";
  const parts = /^(\[[^\]]*\]|[^:]*|[^:]*:[^:]*:.*?)(?::(\d*))?$/.exec(rest);
  if (parts === null) {
    throw new RangeError("expected host, host:port or :port");
  }
  const port = parts[2] ? Number(parts[2]) : defaultPort;
  if (port > 65535) {
    throw new RangeError("expected a port of at most 65535");
  }
  const hostname = (parts[1] || "127.0.0.1").replace(/^\[|\]$/g, "");
  return { scheme, hostname, port };
}

function logLevel(value: string): LogLevel {
  return ["", "0", "false"].includes(value.toLowerCase()) ? "info" : "debug";
}

function modelsFolder(value: string): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  return value === "" ? `${home}/.ollama/models` : value;
}

function list(value: string): readonly string[] {
  return value.split(",").map((each) => each.trim()).filter(Boolean);
}

/** Every variable the program reads, with its meaning. */
export const VARIABLES = {
  host: variable(
    "OLLAMA_HOST",
    "127.0.0.1:11434",
    "Address to serve on and to connect to",
    parseHost,
  ),
  modelsDir: variable(
    "OLLAMA_MODELS",
    "~/.ollama/models",
    "Folder of the models",
    modelsFolder,
  ),
  origins: variable(
    "OLLAMA_ORIGINS",
    "",
    "Further browser origins allowed, separated by commas",
    list,
  ),
  keepAliveMs: variable(
    "OLLAMA_KEEP_ALIVE",
    "5m",
    "How long an idle model stays loaded; negative is for ever",
    duration("5m"),
  ),
  loadTimeoutMs: variable(
    "OLLAMA_LOAD_TIMEOUT",
    "5m",
    "How long a load may stall before it is given up; 0 is for ever",
    timeout("5m"),
  ),
  parallel: variable(
    "OLLAMA_NUM_PARALLEL",
    "4",
    "Requests a model answers side by side",
    integer(4, 1),
  ),
  maxLoadedModels: variable(
    "OLLAMA_MAX_LOADED_MODELS",
    "3",
    "Models loaded side by side; 0 is 3",
    (value) => integer(3, 0)(value) || 3,
  ),
  maxQueue: variable(
    "OLLAMA_MAX_QUEUE",
    "512",
    "Requests that may wait; more are answered 503",
    integer(512, 1),
  ),
  contextLength: variable(
    "OLLAMA_CONTEXT_LENGTH",
    "4096",
    "Tokens of context when a request and a model name none",
    (value) => integer(4096, 0)(value) || 4096,
  ),
  flashAttention: variable(
    "OLLAMA_FLASH_ATTENTION",
    "auto",
    "Flash attention: auto, true or false",
    (value) =>
      value === "" || value === "auto"
        ? "auto" as const
        : flag(value)
        ? "on" as const
        : "off" as const,
  ),
  kvCacheType: variable(
    "OLLAMA_KV_CACHE_TYPE",
    "f16",
    "Type of the cache: f16, q8_0 or q4_0",
    oneOf("f16", ["f16", "q8_0", "q4_0"]),
  ),
  noPrune: variable(
    "OLLAMA_NOPRUNE",
    "false",
    "Keep blobs that a pulled model needs no more",
    flag,
  ),
  logLevel: variable(
    "OLLAMA_DEBUG",
    "false",
    "Log every request and load in detail",
    logLevel,
  ),
  gpu: variable<GpuFlavour>(
    "TALLY_GPU",
    "auto",
    "Native library to use: auto, cpu, cuda, vulkan or metal",
    oneOf<GpuFlavour>("auto", ["auto", "cpu", "cuda", "vulkan", "metal"]),
  ),
  libraryDir: variable(
    "TALLY_LLAMA_LIB",
    "",
    "Folder of a libllama to use instead of the built-in one",
    (value) => value,
  ),
  threads: variable(
    "TALLY_THREADS",
    "0",
    "Compute threads of all models together; 0 is one a core",
    integer(0, 0),
  ),
  memoryLimit: variable(
    "TALLY_MEMORY_LIMIT",
    "0",
    "Bytes all loaded models may take; 0 is what the machine has free",
    integer(0, 0),
  ),
} as const;

type Variables = typeof VARIABLES;

/** The configuration, parsed. */
export type Config = {
  readonly [K in keyof Variables]: ReturnType<Variables[K]["parse"]>;
};

function read<T>(
  row: Variable<T>,
  environment: (name: string) => string | undefined,
): T {
  const raw = environment(row.name) ?? "";
  const value = raw.trim().replace(/^(["'])(.*)\1$/, "$2").trim();
  try {
    return row.parse(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `Cannot read ${row.name}: ${reason}, current value is "${raw}"`,
      { cause },
    );
  }
}

/** Reads the environment. Throws {@linkcode ConfigError} on a bad value. */
export function readConfig(
  environment: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): Config {
  const entries = Object.entries(VARIABLES).map(([key, row]) =>
    [key, read(row as Variable<unknown>, environment)] as const
  );
  return Object.freeze(Object.fromEntries(entries)) as unknown as Config;
}

/** The address as a URL that a client can connect to. */
export function clientUrl(host: HostAddress): string {
  const any = host.hostname === "0.0.0.0" || host.hostname === "::";
  const name = any ? "127.0.0.1" : host.hostname;
  const bracketed = name.includes(":") ? `[${name}]` : name;
  return `${host.scheme}://${bracketed}:${host.port}`;
}
