import { assertEquals } from "@std/assert";
import type { AnswerPart } from "../../../../src/cli/chat/answer_part.ts";
import {
  AnswerPrinter,
  type AnswerPrinterOptions,
} from "../../../../src/cli/chat/answer_printer.ts";

/** What is shown of an answer. */
function shown(
  parts: readonly Partial<AnswerPart>[],
  options: Partial<AnswerPrinterOptions> = {},
): string {
  let text = "";
  const printer = new AnswerPrinter({
    columns: Infinity,
    hideThinking: false,
    coloured: false,
    write: (each) => text += each,
    ...options,
  });
  for (const part of parts) {
    printer.show({ content: "", thinking: "", calls: [], ...part });
  }
  printer.end();
  return text;
}

const THOUGHT = [{ thinking: "Hm, " }, { thinking: "so." }, { content: "Yes" }];

Deno.test("AnswerPrinter frames what was thought", () => {
  assertEquals(
    shown(THOUGHT),
    "Thinking...\nHm, so.\n...done thinking.\n\nYes",
  );
  assertEquals(
    shown([{ thinking: "So.\n" }, { content: "Yes" }]),
    "Thinking...\nSo.\n...done thinking.\n\nYes",
  );
  assertEquals(shown(THOUGHT, { hideThinking: true }), "Yes");
});

Deno.test("AnswerPrinter shows thoughts grey, and ends so", () => {
  const grey = "\x1b[38;5;245m";
  const title = `${grey}\x1b[1mThinking...\n\x1b[0m${grey}`;
  assertEquals(
    shown([{ thinking: "Hm" }], { coloured: true }),
    `${title}Hm\x1b[0m`,
  );
});

Deno.test("AnswerPrinter breaks lines between words", () => {
  assertEquals(
    shown([{ content: "one two th" }, { content: "ree" }], { columns: 9 }),
    "one two \nthree",
  );
});

Deno.test("AnswerPrinter tells calls that nobody can answer", () => {
  const call = { function: { name: "add", arguments: { a: 1 } } };
  assertEquals(
    shown([{ thinking: "Hm" }, { calls: [call] }]),
    "Thinking...\nHm\n...done thinking.\n\n" +
      "  Model called a non-existent function 'add()' with arguments: " +
      '{"a":1}',
  );
});
