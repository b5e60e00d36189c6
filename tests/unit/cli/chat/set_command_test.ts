import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseCommand } from "../../../../src/cli/chat/command.ts";
import { applySetting } from "../../../../src/cli/chat/set_command.ts";
import type { ChatSettings } from "../../../../src/cli/chat/settings.ts";
import { initialSettings } from "../../../../src/cli/run_options.ts";

const history = { saves: true };

/** What a `/set` line changes, and what it tells. */
function set(
  line: string,
  before = initialSettings("m", {}),
): [ChatSettings, string] {
  const command = parseCommand(line);
  const words = command.type === "set" ? command.words : [];
  const told = applySetting(before, history, words);
  return [before, told];
}

Deno.test("applySetting() sets parameters of their own type", () => {
  const [after, told] = set("/set parameter temperature 0.2");
  assertEquals(told, "Set parameter 'temperature' to '0.2'");
  assertEquals(
    set("/set parameter stop a b", after)[1],
    "Set parameter 'stop' to 'a, b'",
  );
  set("/set parameter use_mmap false", after);
  set("/set parameter num_ctx 2048", after);
  assertEquals(after.options, {
    temperature: 0.2,
    stop: ["a", "b"],
    use_mmap: false,
    num_ctx: 2048,
  });
});

Deno.test("applySetting() refuses parameters in Ollama's words", () => {
  const cases = [
    ["name x", "unknown parameter 'name'"],
    ["num_ctx many", "invalid int value [many]"],
    ["top_p half of it", "invalid float value [half of it]"],
    ["use_mmap perhaps", "invalid bool value [perhaps]"],
  ];
  for (const [words, reason] of cases) {
    const [after, told] = set(`/set parameter ${words}`);
    assertEquals(told, `Couldn't set parameter: "${reason}"`);
    assertEquals(after.options, {});
  }
});

Deno.test("applySetting() changes what is answered and how it is shown", () => {
  const [after] = set('/set system "You are kind."');
  assertEquals(after.system, "You are kind.");
  set("/set verbose", after);
  assertEquals(after.verbose, true);
  set("/set quiet", after);
  assertEquals(after.verbose, false);
  set("/set nowordwrap", after);
  assertEquals(after.wordWrap, false);
  set("/set wordwrap", after);
  assertEquals(after.wordWrap, true);
  set("/set nohistory", after);
  assertEquals(history.saves, false);
  set("/set history", after);
  assertEquals(history.saves, true);
  set("/set format json", after);
  assertEquals(after.format, "json");
  assertEquals(set("/set noformat", after)[1], "Disabled format.");
  assertEquals("format" in after, false);
});

Deno.test("applySetting() warns that a model cannot think", () => {
  const warning = 'warning: model "m" does not support thinking output\n';
  const [after, told] = set("/set think");
  assertEquals([after.think, after.thinkIsChosen], [true, true]);
  assertEquals(told, `${warning}Set 'think' mode.`);
  after.capabilities = ["thinking"];
  assertEquals(
    set("/set think high", after)[1],
    "Set 'think' mode to 'high'.",
  );
  assertEquals(after.think, "high");
  assertEquals(set("/set nothink", after)[1], "Set 'nothink' mode.");
  assertEquals(after.think, false);
});

Deno.test("applySetting() tells how it is used, and changes nothing", () => {
  const cases = [
    ["/set", "/set parameter ..."],
    ["/set system", "/set system <string>"],
    ["/set parameter", "/set parameter seed <int>"],
    ["/set parameter seed", "/set parameter seed <int>"],
    ["/set format yaml", "use '/set format json'"],
    ["/set dance", "Unknown command '/set dance'. Type /? for help"],
  ];
  for (const [line = "", usage = ""] of cases) {
    const [after, told] = set(line);
    assertStringIncludes(told, usage);
    assertEquals(after, initialSettings("m", {}));
  }
});
