import { assertEquals } from "@std/assert";
import {
  type ChatCommand,
  goesOn,
  parseCommand,
} from "../../../../src/cli/chat/command.ts";

Deno.test("parseCommand() tells commands from what is said", () => {
  const cases: readonly [string, ChatCommand][] = [
    ["", { type: "nothing" }],
    ["   ", { type: "nothing" }],
    ["  Hello  there ", { type: "say", text: "Hello  there" }],
    ["two\nlines", { type: "say", text: "two\nlines" }],
    ["/bye", { type: "bye" }],
    ["/exit", { type: "bye" }],
    ["/?", { type: "help", topic: undefined }],
    ["/help /set", { type: "help", topic: "/set" }],
    ["/? shortcuts", { type: "help", topic: "shortcuts" }],
    ["/clear", { type: "clear" }],
    ["/show", { type: "show", topic: undefined }],
    ["/show license", { type: "show", topic: "license" }],
    ["/list smol", { type: "list", prefix: "smol" }],
    ['"""two\nlines"""', { type: "say", text: "two\nlines" }],
    ['say """quoted"""', { type: "say", text: 'say """quoted"""' }],
    ['/set system """Be\n  kind."""', {
      type: "set",
      words: ["system", "Be\n  kind."],
    }],
    ["/set system Be  kind.", { type: "set", words: ["system", "Be  kind."] }],
    ["/set parameter stop a b", {
      type: "set",
      words: ["parameter", "stop", "a", "b"],
    }],
    ["/load other", { type: "load", model: "other" }],
    ["/load", { type: "load", model: undefined }],
    ["/save mine", { type: "save", model: "mine" }],
    ["/save my chat", { type: "save", model: undefined }],
    ["/dance now", { type: "unknown", command: "/dance" }],
    ["/etc/hosts is a file", { type: "say", text: "/etc/hosts is a file" }],
    ["/image.png", { type: "say", text: "/image.png" }],
    ["byebye /bye", { type: "say", text: "byebye /bye" }],
  ];
  for (const [line, command] of cases) {
    assertEquals(parseCommand(line), command, line);
  }
});

Deno.test('goesOn() waits for the closing """', () => {
  assertEquals(goesOn("Hello"), false);
  assertEquals(goesOn('say """'), false);
  assertEquals(goesOn('"""'), true);
  assertEquals(goesOn('"""one\ntwo'), true);
  assertEquals(goesOn('"""one\ntwo"""'), false);
  assertEquals(goesOn('"""one """two""" three'), true);
  assertEquals(goesOn('/set system """Be'), true);
  assertEquals(goesOn('/set system """Be kind."""'), false);
});
