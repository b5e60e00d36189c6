import { assertEquals } from "@std/assert";
import { type Key, KeyDecoder } from "../../../../src/cli/terminal/keys.ts";

/** Keys of what a terminal sends, piece by piece. */
function keys(...pieces: string[]): Key[] {
  const decoder = new KeyDecoder();
  return pieces.flatMap((piece) => decoder.push(piece));
}

Deno.test("KeyDecoder tells text from keys", () => {
  assertEquals(keys("Grüße 👋\r"), [
    { type: "text", text: "Grüße 👋" },
    { type: "enter" },
  ]);
  const named = keys("\x01\x05\x0b\x15\x17\x03\x04\x07\x0c\x7f\x10\x0e");
  assertEquals(named.map(({ type }) => type), [
    "start",
    "end",
    "delete_after",
    "delete_before",
    "delete_word",
    "interrupt",
    "delete_or_leave",
    "editor",
    "clear_screen",
    "backspace",
    "up",
    "down",
  ]);
});

Deno.test("KeyDecoder reads the sequences of terminals", () => {
  const read = keys("\x1b[A\x1bOB\x1b[1;5C\x1bb\x1b[3~\x1b[99~x");
  assertEquals(read.map(({ type }) => type), [
    "up",
    "down",
    "word_right",
    "word_left",
    "delete",
    "text",
  ]);
});

Deno.test("KeyDecoder waits for the rest of a sequence", () => {
  assertEquals(keys("a\x1b", "[", "D"), [
    { type: "text", text: "a" },
    { type: "left" },
  ]);
});

Deno.test("KeyDecoder takes a paste as text, in however many parts", () => {
  assertEquals(keys("\x1b[200~one\rtwo", "\r\n\tthree\x1b[20", "1~\r"), [
    { type: "text", text: "one\ntwo\n        three" },
    { type: "enter" },
  ]);
});

Deno.test("KeyDecoder tells Ctrl-J from lines that were typed ahead", () => {
  assertEquals(keys("\n"), [{ type: "new_line" }]);
  assertEquals(keys("hello\n"), [
    { type: "text", text: "hello" },
    { type: "enter" },
  ]);
});

Deno.test("KeyDecoder drops characters that mean nothing", () => {
  assertEquals(keys("a\x00\x13b\t"), [
    { type: "text", text: "a" },
    { type: "text", text: "b" },
    { type: "text", text: "        " },
  ]);
});
