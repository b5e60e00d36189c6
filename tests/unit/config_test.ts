import { assertEquals, assertThrows } from "@std/assert";
import {
  clientUrl,
  ConfigError,
  parseHost,
  readConfig,
} from "../../src/config.ts";

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
      '1, current value is "many"',
  );
  assertThrows(() => read({ OLLAMA_HOST: "box:70000" }), ConfigError);
  assertThrows(() => read({ TALLY_GPU: "abacus" }), ConfigError);
});
