/**
 * How the values of settings are read. Every function receives the trimmed,
 * unquoted text, "" when a variable is unset, and throws on what it cannot
 * understand.
 *
 * @module
 */

import { parseDuration } from "./duration.ts";
import type { LogLevel } from "./log.ts";
import type { GpuFlavour } from "./messages.ts";

/** Where the server listens and clients connect. */
export interface HostAddress {
  readonly scheme: "http" | "https";
  readonly hostname: string;
  readonly port: number;
}

/** Whole numbers of at least `least`. */
export function integer(
  fallback: number,
  least: number,
): (value: string) => number {
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

/** Whole numbers, 0 standing for the default as in Ollama. */
export function integerOrZero(fallback: number): (value: string) => number {
  const parse = integer(0, 0);
  return (value) => parse(value) || fallback;
}

const TRUE_WORDS = ["1", "true", "t", "yes", "on"];
const FALSE_WORDS = ["0", "false", "f", "no", "off"];

/** Yes or no. */
export function flag(fallback: boolean): (value: string) => boolean {
  return (value) => {
    const word = value.toLowerCase();
    if (word === "") {
      return fallback;
    }
    if (FALSE_WORDS.includes(word)) {
      return false;
    }
    if (TRUE_WORDS.includes(word)) {
      return true;
    }
    throw new RangeError("expected true or false");
  };
}

/** One of some words. */
export function oneOf<const T extends string>(
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
export function duration(fallback: string): (value: string) => number {
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

/** A time limit; zero or less is none. */
export function timeout(fallback: string): (value: string) => number {
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

/** Yes, no, or a number; Ollama's 2 says more than 1, here it does not. */
export function logLevel(value: string): LogLevel {
  const detailed = /^-?\d+$/.test(value)
    ? Number(value) > 0
    : flag(false)(value);
  return detailed ? "debug" : "info";
}

/** Whether attention is computed the fast way. */
export function flashAttention(value: string): "auto" | "on" | "off" {
  if (value === "" || value.toLowerCase() === "auto") {
    return "auto";
  }
  return flag(true)(value) ? "on" : "off";
}

const FLAVOURS: readonly GpuFlavour[] = [
  "auto",
  "cpu",
  "cuda",
  "vulkan",
  "metal",
];

/** A flavour, also by Ollama's names such as `cuda_v12` or `cpu_avx2`. */
export function gpuFlavour(value: string): GpuFlavour {
  return oneOf("auto", FLAVOURS)(value.replace(/_.*$/, ""));
}

/** A folder, by default Ollama's. */
export function modelsFolder(value: string): string {
  return value || `${homeFolder()}/.ollama/models`;
}

/** Words separated by commas. */
export function list(value: string): readonly string[] {
  return value.split(",").map((each) => each.trim()).filter(Boolean);
}

/** Where the ledger is kept: in a file, in a database, or in memory only. */
export interface LedgerPlace {
  readonly file?: string;
  /** URL of a PostgreSQL that servers share; it may hold a password. */
  readonly url?: string;
}

/** A file, a PostgreSQL, or neither; by default a file below the home folder. */
export function ledgerPlace(value: string): LedgerPlace {
  return /^[a-z]+:\/\//i.test(value)
    ? { url: postgresUrl(value) }
    : fileOrMemory("usage.db")(value);
}

/** A file or none; by default one of this name below the home folder. */
export function fileOrMemory(name: string): (value: string) => LedgerPlace {
  return (value) =>
    value.toLowerCase() === "memory"
      ? {}
      : { file: value || `${homeFolder()}/.tally/${name}` };
}

const POSTGRES_URL =
  "expected a file, memory, or postgres://user:password@host:5432/database, " +
  "with @, / and the like in the password as %40, %2F";

function postgresUrl(value: string): string {
  try {
    const { protocol, hostname, pathname, username, password } = new URL(value);
    decodeURIComponent(username + password);
    if (
      /^postgres(ql)?:$/.test(protocol) && hostname &&
      /^\/[^/]+$/.test(pathname)
    ) {
      return value;
    }
  } catch {
    // It is no URL, which is told below without what it holds.
  }
  throw new RangeError(POSTGRES_URL);
}

/** A file, by default below the home folder. */
export function keysFile(value: string): string {
  return value || `${homeFolder()}/.tally/keys.json`;
}

function homeFolder(): string {
  return Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
}
