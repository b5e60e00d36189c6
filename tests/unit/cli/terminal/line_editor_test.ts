import { assertEquals } from "@std/assert";
import { History } from "../../../../src/cli/terminal/history.ts";
import {
  LineEditor,
  type Terminal,
} from "../../../../src/cli/terminal/line_editor.ts";
import { Screen } from "../../../testing/screen.ts";

const PROMPT = { mark: "> ", nextMark: ". ", placeholder: "Say" };

/** A terminal of 10 columns and 5 rows on which these things are typed. */
class TypedTerminal implements Terminal {
  readonly screen = new Screen();
  readonly #typed: string[];
  /** Rows before each reading. */
  readonly seen: string[][] = [];
  raw = false;
  suspended = 0;

  constructor(...typed: string[]) {
    this.#typed = typed;
  }

  read(): Promise<string | undefined> {
    this.seen.push(this.screen.rows);
    return Promise.resolve(this.#typed.shift());
  }

  write(text: string): void {
    this.screen.write(text);
  }

  size() {
    return { columns: 10, rows: 5 };
  }

  setRaw(raw: boolean): void {
    this.raw = raw;
  }

  suspend(): void {
    this.suspended++;
  }
}

function editorOf(terminal: Terminal, history = new History(undefined, false)) {
  return new LineEditor(terminal, history);
}

Deno.test("LineEditor reads a message that is edited on the way", async () => {
  const terminal = new TypedTerminal("helo", "\x1b[D", "l", "\x05!\r");
  const typed = await editorOf(terminal).read(PROMPT);
  assertEquals(typed, { type: "message", text: "hello!" });
  assertEquals(terminal.seen.map(([row]) => row), [
    "> Say",
    "> helo",
    "> helo",
    "> hello",
  ]);
  assertEquals(terminal.screen.rows, ["> hello!", ""]);
  assertEquals(terminal.raw, false);
});

Deno.test("LineEditor draws over as many rows as a text takes", async () => {
  const terminal = new TypedTerminal("one two three", "\x01", "\x0b\r");
  const typed = await editorOf(terminal).read(PROMPT);
  assertEquals(typed, { type: "message", text: "" });
  assertEquals(terminal.seen[1], ["> one two", "three"]);
  assertEquals(terminal.screen.rows, [">", ""]);
});

Deno.test("LineEditor puts the cursor where the next character goes", async () => {
  const cases: readonly [string, number, number][] = [
    ["ab", 0, 4],
    ["12345678", 1, 0],
    ["漢字", 0, 6],
    ["abc\x01", 0, 2],
  ];
  for (const [text, row, column] of cases) {
    const terminal = new TypedTerminal(text);
    let cursor: number[] = [];
    const { read } = terminal;
    terminal.read = () => {
      cursor = [terminal.screen.row, terminal.screen.column];
      return read.call(terminal);
    };
    await editorOf(terminal).read(PROMPT);
    assertEquals(cursor, [row, column], text);
  }
});

Deno.test("LineEditor keeps the lines of a paste and of Ctrl-J together", async () => {
  const terminal = new TypedTerminal(
    "\x1b[200~a\rb\x1b[201~",
    "\n",
    "c",
    "\r",
  );
  const typed = await editorOf(terminal).read(PROMPT);
  assertEquals(typed, { type: "message", text: "a\nb\nc" });
  assertEquals(terminal.screen.rows, ["> a", ". b", ". c", ""]);
});

Deno.test("LineEditor shows the part of a long text where the cursor is", async () => {
  const terminal = new TypedTerminal("1\x1b[200~\n2\n3\n4\n5\n6\n7\x1b[201~");
  await editorOf(terminal).read(PROMPT);
  assertEquals(terminal.seen[1], [". 3", ". 4", ". 5", ". 6", ". 7"]);
});

Deno.test("LineEditor goes through what was typed before", async () => {
  const history = new History(undefined, false);
  const terminal = new TypedTerminal(
    "one\r",
    "two\r",
    "th\x1b[A\x1b[A\r",
    "th\x10\x0eree\r",
  );
  const editor = editorOf(terminal, history);
  const texts: string[] = [];
  for (let count = 0; count < 4; count++) {
    const typed = await editor.read(PROMPT);
    texts.push(typed.type === "message" ? typed.text : "");
  }
  assertEquals(texts, ["one", "two", "one", "three"]);
  assertEquals(history.lines, ["one", "two", "one", "three"]);
});

Deno.test("LineEditor keeps lines that were typed ahead", async () => {
  const editor = editorOf(new TypedTerminal("one\ntwo\n"));
  assertEquals(await editor.read(PROMPT), { type: "message", text: "one" });
  assertEquals(await editor.read(PROMPT), { type: "message", text: "two" });
});

Deno.test("LineEditor ends on Ctrl-C, Ctrl-D, Ctrl-G and a closed terminal", async () => {
  const cases = [
    [["ab\x03"], { type: "interrupt", text: "ab" }],
    [["\x03"], { type: "interrupt", text: "" }],
    [["\x04"], { type: "leave" }],
    [["ab\x01\x04\r"], { type: "message", text: "b" }],
    [["ab\x07"], { type: "editor", text: "ab" }],
    [[], { type: "leave" }],
  ] as const;
  for (const [typed, ended] of cases) {
    const terminal = new TypedTerminal(...typed);
    assertEquals<unknown>(await editorOf(terminal).read(PROMPT), ended);
    assertEquals(terminal.raw, false);
  }
});

Deno.test("LineEditor begins with a text, and goes on after Ctrl-Z", async () => {
  const terminal = new TypedTerminal("\x1a", "!\r");
  const typed = await editorOf(terminal).read(PROMPT, "draft");
  assertEquals(typed, { type: "message", text: "draft!" });
  assertEquals(terminal.suspended, 1);
});
