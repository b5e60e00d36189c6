import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  clientUrl,
  ConfigError,
  ineffectiveVariables,
  PASSED_ON,
  readConfig,
  VARIABLES,
  WITHOUT_EFFECT,
} from "../../src/config.ts";
import { parseHost } from "../../src/config_values.ts";

function read(values: Record<string, string>) {
  return readConfig((name) => values[name]);
}

Deno.test("parseHost() reads what OLLAMA_HOST may hold", () => {
  const cases: [string, string][] = [
    ["", "http://127.0.0.1:11434"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    [":8080", "http://127.0.0.1:8080"],
    ["box:1234", "http://box:1234"],
    ["http://box", "http://box:80"],
    ["https://box", "https://box:443"],
    ["https://box:8443/", "https://box:8443"],
    ["[::1]", "http://[::1]:11434"],
    ["[::1]:99", "http://[::1]:99"],
    ["http://box:11434/path", "http://box:11434"],
  ];
  for (const [text, url] of cases) {
    assertEquals(clientUrl(parseHost(text)), url, text);
  }
});

Deno.test("readConfig() has a default for everything", () => {
  const config = read({ HOME: "/home/x" });
  assertEquals(config.keepAliveMs, 300_000);
  assertEquals(config.maxQueue, 512);
  assertEquals(config.flashAttention, "auto");
  assertEquals(config.logLevel, "info");
});

Deno.test("readConfig() trims quotes and spaces", () => {
  assertEquals(read({ OLLAMA_MODELS: ' "/m" ' }).modelsDir, "/m");
});

Deno.test("readConfig() reads keep-alive as Ollama does", () => {
  const cases: [string, number][] = [
    ["10", 10_000],
    ["0", 0],
    ["-1", Infinity],
    ["-1m", Infinity],
    ["1h", 3_600_000],
  ];
  for (const [text, milliseconds] of cases) {
    assertEquals(read({ OLLAMA_KEEP_ALIVE: text }).keepAliveMs, milliseconds);
  }
});

Deno.test("readConfig() takes a load time limit of 0 for none", () => {
  assertEquals(read({ OLLAMA_LOAD_TIMEOUT: "0" }).loadTimeoutMs, Infinity);
});

Deno.test("readConfig() names the variable, the reason and the value", () => {
  const error = assertThrows(
    () => read({ OLLAMA_NUM_PARALLEL: "many" }),
    ConfigError,
  );
  assertEquals(
    error.message,
    "Cannot read OLLAMA_NUM_PARALLEL: expected a whole number of at least " +
      '0, current value is "many"',
  );
  assertThrows(() => read({ OLLAMA_HOST: "box:70000" }), ConfigError);
  assertThrows(() => read({ TALLY_GPU: "abacus" }), ConfigError);
});

Deno.test("readConfig() takes a file, memory or a PostgreSQL for the ledger", () => {
  const url = "postgres://ann:p%40ss@box:5433/usage?sslmode=require";
  assertEquals(read({ TALLY_LEDGER: url }).ledger, { url });
  assertEquals(read({ TALLY_LEDGER: "postgresql://box/usage" }).ledger, {
    url: "postgresql://box/usage",
  });
  assertEquals(read({ TALLY_LEDGER: "memory" }).ledger, {});
  assertEquals(read({ TALLY_LEDGER: "/a/b.db" }).ledger, { file: "/a/b.db" });
});

Deno.test("readConfig() explains a bad URL of the ledger without what it holds", () => {
  for (
    const url of [
      "postgres://zoe:secret@box",
      "postgres://zoe:secret@/usage",
      "postgres://zoe:secret@box:port/usage",
      "postgres://zoe:sec%ret@box/usage",
      "postgres://zoe:sec/ret@box/usage",
      "mysql://zoe:secret@box/usage",
    ]
  ) {
    const error = assertThrows(() => read({ TALLY_LEDGER: url }), ConfigError);
    assert(error.message.startsWith("Cannot read TALLY_LEDGER: "), url);
    assert(error.message.includes("postgres://user:password@host"), url);
    assert(!/sec|zoe/.test(error.message), error.message);
  }
});

Deno.test("readConfig() stops at every value that means nothing", () => {
  const bad = {
    OLLAMA_HOST: "box:port",
    OLLAMA_KEEP_ALIVE: "soon",
    OLLAMA_LOAD_TIMEOUT: "5 minutes",
    OLLAMA_NUM_PARALLEL: "-1",
    OLLAMA_MAX_LOADED_MODELS: "1.5",
    OLLAMA_MAX_QUEUE: "0",
    OLLAMA_CONTEXT_LENGTH: "4k",
    OLLAMA_FLASH_ATTENTION: "maybe",
    OLLAMA_KV_CACHE_TYPE: "q5_1",
    OLLAMA_GO_TEMPLATE: "maybe",
    OLLAMA_NOPRUNE: "maybe",
    OLLAMA_DEBUG: "much",
    OLLAMA_DEBUG_LOG_REQUESTS: "maybe",
    TALLY_GPU: "abacus",
    OLLAMA_LLM_LIBRARY: "rocm_v6",
    TALLY_THREADS: "all",
    TALLY_MEMORY_LIMIT: "1 GB",
    OLLAMA_NOHISTORY: "maybe",
  };
  for (const [name, value] of Object.entries(bad)) {
    const error = assertThrows(() => read({ [name]: value }), ConfigError);
    assertEquals(
      [
        error.message.startsWith(`Cannot read ${name}: `),
        error.message.split("\n").length,
      ],
      [true, 1],
      error.message,
    );
  }
});

Deno.test("readConfig() takes OLLAMA_LLM_LIBRARY when TALLY_GPU is unset", () => {
  assertEquals(read({ OLLAMA_LLM_LIBRARY: "cuda_v12" }).gpu, "cuda");
  assertEquals(read({ OLLAMA_LLM_LIBRARY: "cpu_avx2" }).gpu, "cpu");
  const both = { TALLY_GPU: "vulkan", OLLAMA_LLM_LIBRARY: "cpu" };
  assertEquals(read(both).gpu, "vulkan");
});

Deno.test("readConfig() takes 0 for the default where Ollama does", () => {
  const config = read({
    OLLAMA_NUM_PARALLEL: "0",
    OLLAMA_MAX_LOADED_MODELS: "0",
    OLLAMA_CONTEXT_LENGTH: "0",
  });
  assertEquals(
    [config.parallel, config.maxLoadedModels, config.contextLength],
    [4, 3, 4096],
  );
});

Deno.test("readConfig() takes any level of OLLAMA_DEBUG", () => {
  const levels = ["0", "1", "2", "true", "false"]
    .map((value) => read({ OLLAMA_DEBUG: value }).logLevel);
  assertEquals(levels, ["info", "debug", "debug", "debug", "info"]);
});

Deno.test("ineffectiveVariables() names those that are set", () => {
  const set: Record<string, string> = { OLLAMA_VULKAN: "0", TALLY_GPU: "cpu" };
  assertEquals(
    ineffectiveVariables((name) => set[name]).map(({ name }) => name),
    ["OLLAMA_VULKAN"],
  );
});

/** Cells of the table rows in a part of README.md. */
async function readmeRows(): Promise<string[][]> {
  const readme = await Deno.readTextFile(
    new URL("../../README.md", import.meta.url),
  );
  const part = readme.split("\n## Settings\n")[1]?.split("\n## ")[0] ?? "";
  return part.split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("README.md shows the settings as they are", async () => {
  const code = (text: string) => text === "" ? "" : `\`${text}\``;
  const rows = Object.values(VARIABLES).flatMap((row) => [
    [code(row.name), code(row.defaultText), row.help],
    ...("otherName" in row
      ? [[code(row.otherName), "", `Read when ${row.name} is unset`]]
      : []),
  ]);
  const others = [...PASSED_ON, ...WITHOUT_EFFECT]
    .map(({ name, help }) => [code(name), help]);
  assertEquals(await readmeRows(), [...rows, ...others]);
});
