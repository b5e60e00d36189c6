import { assertEquals } from "@std/assert";
import { LineBuffer } from "../../../../src/cli/terminal/line_buffer.ts";

/** A buffer with its cursor at the `|`. */
function buffer(text: string): LineBuffer {
  const made = new LineBuffer();
  const [before = "", after = ""] = text.split("|");
  made.before = before;
  made.after = after;
  return made;
}

type Operation =
  | "left"
  | "right"
  | "wordLeft"
  | "wordRight"
  | "start"
  | "end"
  | "backspace"
  | "delete"
  | "deleteWord"
  | "deleteAfter"
  | "deleteBefore";

Deno.test("LineBuffer moves and deletes at its cursor", () => {
  const cases: readonly [Operation, string, string][] = [
    ["left", "ab|c", "a|bc"],
    ["left", "|abc", "|abc"],
    ["left", "a👩‍👩‍👧|", "a|👩‍👩‍👧"],
    ["right", "a|bc", "ab|c"],
    ["right", "abc|", "abc|"],
    ["wordLeft", "one two  |three", "one |two  three"],
    ["wordRight", "one| two three", "one two| three"],
    ["start", "one\ntwo|", "one\n|two"],
    ["end", "|one\ntwo", "one|\ntwo"],
    ["backspace", "ae\u0301|b", "a|b"],
    ["backspace", "|b", "|b"],
    ["delete", "a|bc", "a|c"],
    ["deleteWord", "one two |x", "one |x"],
    ["deleteAfter", "a|bc\nd", "a|\nd"],
    ["deleteBefore", "a\nbc|d", "a\n|d"],
  ];
  for (const [operation, before, after] of cases) {
    const changed = buffer(before);
    changed[operation]();
    assertEquals(`${changed.before}|${changed.after}`, after, operation);
  }
});

Deno.test("LineBuffer inserts at its cursor, and can be set", () => {
  const changed = buffer("a|c");
  changed.insert("b");
  assertEquals([changed.text, changed.after], ["abc", "c"]);
  changed.set("new");
  assertEquals([changed.before, changed.after], ["new", ""]);
});
