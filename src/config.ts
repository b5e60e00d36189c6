/**
 * The configuration: one described table of environment variables, read once
 * into a frozen {@linkcode Config}. The tables here are also what `--help`
 * prints and what README.md shows.
 *
 * @module
 */

import {
  duration,
  fileOrMemory,
  flag,
  flashAttention,
  gpuFlavour,
  type HostAddress,
  integer,
  integerOrZero,
  keysFile,
  ledgerPlace,
  list,
  logLevel,
  modelsFolder,
  oneOf,
  parseHost,
  timeout,
} from "./config_values.ts";

export type { HostAddress };

/** A variable could not be understood; the start stops with this message. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** A variable as it is explained. */
export interface DescribedVariable {
  readonly name: string;
  readonly help: string;
}

/** One row of the table. */
export interface Variable<T> extends DescribedVariable {
  /** As printed in help. */
  readonly defaultText: string;
  /** Read when the variable is unset. */
  readonly otherName?: string;
  /** Whether a value may hold a password and is not to be shown. */
  readonly isSecret?: boolean;
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
    "Requests a model answers side by side; 0 is 4",
    integerOrZero(4),
  ),
  maxLoadedModels: variable(
    "OLLAMA_MAX_LOADED_MODELS",
    "3",
    "Models loaded side by side; 0 is 3",
    integerOrZero(3),
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
    integerOrZero(4096),
  ),
  flashAttention: variable(
    "OLLAMA_FLASH_ATTENTION",
    "auto",
    "Flash attention: auto, true or false",
    flashAttention,
  ),
  kvCacheType: variable(
    "OLLAMA_KV_CACHE_TYPE",
    "f16",
    "Type of the cache: f16, q8_0 or q4_0",
    oneOf("f16", ["f16", "q8_0", "q4_0"]),
  ),
  goTemplate: variable(
    "OLLAMA_GO_TEMPLATE",
    "true",
    "Use a Modelfile's TEMPLATE; false prefers the GGUF's own",
    flag(true),
  ),
  noPrune: variable(
    "OLLAMA_NOPRUNE",
    "false",
    "Keep blobs that no model needs any more",
    flag(false),
  ),
  logLevel: variable(
    "OLLAMA_DEBUG",
    "false",
    "Log in detail, engines' own lines included",
    logLevel,
  ),
  logRequests: variable(
    "OLLAMA_DEBUG_LOG_REQUESTS",
    "false",
    "Keep bodies of inference requests in a temporary folder, to replay them",
    flag(false),
  ),
  gpu: {
    ...variable(
      "TALLY_GPU",
      "auto",
      "Native library to use: auto, cpu, cuda, vulkan or metal",
      gpuFlavour,
    ),
    otherName: "OLLAMA_LLM_LIBRARY",
  },
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
  ledger: {
    ...variable(
      "TALLY_LEDGER",
      "~/.tally/usage.db",
      "File that keeps what was used, or `postgres://…` for many servers; " +
        "`memory` keeps nothing",
      ledgerPlace,
    ),
    isSecret: true,
  },
  ledgerBuffer: variable(
    "TALLY_LEDGER_BUFFER",
    "~/.tally/buffer.db",
    "File that keeps what PostgreSQL has still to get",
    fileOrMemory("buffer.db"),
  ),
  ledgerRetentionMs: variable(
    "TALLY_LEDGER_RETENTION",
    "2160h",
    "How long single requests are kept; their sums stay. Negative is for ever",
    duration("2160h"),
  ),
  keysFile: variable(
    "TALLY_KEYS",
    "~/.tally/keys.json",
    "File of the API keys that `tally keys` makes",
    keysFile,
  ),
  apiKey: {
    ...variable(
      "TALLY_API_KEY",
      "",
      "Key that the command line sends to the server",
      (value) => value,
    ),
    otherName: "OLLAMA_API_KEY",
  },
  serverName: variable(
    "TALLY_SERVER_NAME",
    "the machine's name",
    "Name of this server in the ledger",
    (value) => value || Deno.hostname(),
  ),
  noHistory: variable(
    "OLLAMA_NOHISTORY",
    "false",
    "Do not keep what is typed in `tally run`",
    flag(false),
  ),
  editor: variable(
    "OLLAMA_EDITOR",
    "$VISUAL, $EDITOR or vi",
    "Editor that Ctrl-G opens in `tally run`",
    (value) => value,
  ),
} as const;

/** Variables that others read and that reach them unchanged. */
export const PASSED_ON: readonly DescribedVariable[] = [
  { name: "CUDA_VISIBLE_DEVICES", help: "GPUs that CUDA may use" },
  { name: "GGML_VK_VISIBLE_DEVICES", help: "GPUs that Vulkan may use" },
  { name: "HTTPS_PROXY", help: "Proxy for pulls and pushes" },
  { name: "HTTP_PROXY", help: "The same, for registries without TLS" },
  { name: "NO_PROXY", help: "Hosts that are reached without a proxy" },
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    help: "Where metrics and traces are sent, as `http://localhost:4318`",
  },
  { name: "OTEL_EXPORTER_OTLP_HEADERS", help: "Headers to send them with" },
  { name: "OTEL_SERVICE_NAME", help: "Name of this service in them" },
  { name: "OTEL_SDK_DISABLED", help: "`true` sends nothing" },
];

/** Variables of Ollama's that have no effect here, and why. */
export const WITHOUT_EFFECT: readonly DescribedVariable[] = [
  {
    name: "OLLAMA_SCHED_SPREAD",
    help: "A model is always spread over all GPUs",
  },
  {
    name: "OLLAMA_GPU_OVERHEAD",
    help: "700 MiB stay free; `num_gpu` sets the layers on GPUs",
  },
  {
    name: "OLLAMA_IGPU_ENABLE",
    help: "An integrated GPU is used when there is no other",
  },
  { name: "OLLAMA_VULKAN", help: "TALLY_GPU chooses the native library" },
  {
    name: "LLAMA_ARG_FIT",
    help: "Layers are fitted to the memory unless `num_gpu` sets them",
  },
  {
    name: "LLAMA_ARG_FIT_TARGET",
    help: "700 MiB stay free; `num_gpu` sets the layers on GPUs",
  },
  {
    name: "OLLAMA_MAX_TRANSFER_STREAMS",
    help: "It is about safetensors, which are not served",
  },
  ...[
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "HSA_OVERRIDE_GFX_VERSION",
  ].map((name) => ({
    name,
    help: "There is no ROCm build; Vulkan serves such GPUs",
  })),
];

type Variables = typeof VARIABLES;

/** The configuration, parsed. */
export type Config = {
  readonly [K in keyof Variables]: ReturnType<Variables[K]["parse"]>;
};

/** Looks a variable up; undefined when it is unset. */
export type Environment = (name: string) => string | undefined;

const processEnvironment: Environment = (name) => Deno.env.get(name);

/** Without the spaces and quotes that configuration files leave around. */
function unquoted(raw: string): string {
  return raw.trim().replace(/^(["'])(.*)\1$/, "$2").trim();
}

/** Reads one variable. Throws {@linkcode ConfigError} on a bad value. */
export function readVariable<T>(
  row: Variable<T>,
  environment: Environment = processEnvironment,
): T {
  const names = row.otherName ? [row.name, row.otherName] : [row.name];
  const name = names.find((each) => unquoted(environment(each) ?? "") !== "") ??
    row.name;
  const raw = environment(name) ?? "";
  try {
    return row.parse(unquoted(raw));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const value = row.isSecret
      ? "current value is not shown, as it may hold a password"
      : `current value is "${raw}"`;
    throw new ConfigError(`Cannot read ${name}: ${reason}, ${value}`, {
      cause,
    });
  }
}

/** Reads all of them. Throws {@linkcode ConfigError} on a bad value. */
export function readConfig(
  environment: Environment = processEnvironment,
): Config {
  const entries = Object.entries(VARIABLES).map(([key, row]) =>
    [key, readVariable<unknown>(row, environment)] as const
  );
  return Object.freeze(Object.fromEntries(entries)) as unknown as Config;
}

/** The variables that are set and have no effect here. */
export function ineffectiveVariables(
  environment: Environment = processEnvironment,
): readonly DescribedVariable[] {
  return WITHOUT_EFFECT.filter(({ name }) => environment(name));
}

/** The address as a URL that a client can connect to. */
export function clientUrl(host: HostAddress): string {
  const any = host.hostname === "0.0.0.0" || host.hostname === "::";
  const name = any ? "127.0.0.1" : host.hostname;
  const bracketed = name.includes(":") ? `[${name}]` : name;
  return `${host.scheme}://${bracketed}:${host.port}`;
}
