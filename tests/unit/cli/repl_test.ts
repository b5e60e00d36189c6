import { assertEquals } from "@std/assert";
import type { ChatSettings } from "../../../src/cli/conversation.ts";
import {
  applySetting,
  parseReplCommand,
  type ReplCommand,
} from "../../../src/cli/repl.ts";

function settings(): ChatSettings {
  return { model: "m", hideThinking: false, verbose: false, options: {} };
}

/** What a `/set` line changes, and what it tells. */
function set(line: string, before = settings()): [ChatSettings, string] {
  const command = parseReplCommand(line);
  const words = command.type === "set" ? command.words : [];
  const told = applySetting({ settings: before }, words);
  return [before, told];
}

Deno.test("parseReplCommand() tells commands from what is said", () => {
  const cases: readonly [string, ReplCommand][] = [
    ["", { type: "nothing" }],
    ["   ", { type: "nothing" }],
    ["  Hello  there ", { type: "say", text: "Hello  there" }],
    ["two\nlines", { type: "say", text: "two\nlines" }],
    ["/bye", { type: "bye" }],
    ["/exit", { type: "bye" }],
    ["/?", { type: "help" }],
    ["/help me", { type: "help" }],
    ["/clear", { type: "clear" }],
    ["/show info", { type: "show" }],
    ["/show license", { type: "show", part: "license" }],
    ["/show dance", {
      type: "unknown",
      text: "Unknown command '/show dance'. Try /help",
    }],
    ["/list", { type: "list" }],
    ['"""two\nlines"""', { type: "say", text: "two\nlines" }],
    ['/set system """Be\n  kind."""', {
      type: "set",
      words: ["system", "Be\n  kind."],
    }],
    ["/load other", { type: "load", model: "other" }],
    ["/load", { type: "unknown", text: "/load needs a model's name" }],
    ["/set verbose", { type: "set", words: ["verbose"] }],
    ["/dance now", {
      type: "unknown",
      text: "Unknown command '/dance'. Try /help",
    }],
    ["/etc/hosts is a file", { type: "say", text: "/etc/hosts is a file" }],
    ["/image.png", { type: "say", text: "/image.png" }],
    ["byebye /bye", { type: "say", text: "byebye /bye" }],
  ];
  for (const [line, command] of cases) {
    assertEquals(parseReplCommand(line), command);
  }
});

Deno.test("applySetting() sets parameters of their own type", () => {
  const [after, told] = set("/set parameter temperature 0.2");
  assertEquals(told, "Set parameter 'temperature' to '0.2'");
  set("/set parameter stop a b", after);
  set("/set parameter use_mmap false", after);
  set("/set parameter name some words", after);
  assertEquals(after.options, {
    temperature: 0.2,
    stop: ["a", "b"],
    use_mmap: false,
    name: "some words",
  });
});

Deno.test("applySetting() changes what is answered and how it is shown", () => {
  const [after] = set('/set system "You are kind."');
  assertEquals(after.system, "You are kind.");
  set("/set verbose", after);
  assertEquals(after.verbose, true);
  set("/set quiet", after);
  assertEquals(after.verbose, false);
  set("/set think", after);
  assertEquals(after.think, true);
  set("/set think high", after);
  assertEquals(after.think, "high");
  set("/set nothink", after);
  assertEquals(after.think, false);
  set("/set format json", after);
  assertEquals(after.format, "json");
  assertEquals(set("/set noformat", after)[1], "Disabled format.");
  assertEquals("format" in after, false);
});

Deno.test("applySetting() tells how it is used, and changes nothing", () => {
  for (
    const line of ["/set", "/set dance", "/set parameter", "/set parameter a"]
  ) {
    const [after, told] = set(line);
    assertEquals(told.slice(0, 11), "Usage: /set");
    assertEquals(after, settings());
  }
});
