import { assert, assertEquals } from "@std/assert";
import { WordWrap } from "../../../../src/cli/terminal/word_wrap.ts";
import { Random } from "../../../testing/random.ts";

function wrap(columns: number, text: string, cut = 1): string {
  const wrapper = new WordWrap(columns);
  let shown = "";
  for (let at = 0; at < text.length; at += cut) {
    shown += wrapper.push(text.slice(at, at + cut));
  }
  return shown + wrapper.end();
}

Deno.test("WordWrap breaks before a word that does not fit", () => {
  assertEquals(wrap(10, "one two three four"), "one two \nthree four");
  assertEquals(wrap(10, "1234567890 1"), "1234567890 \n1");
});

Deno.test("WordWrap keeps what fits, line ends and indents as they are", () => {
  const text = "a b\n\n  indented\n\tc  d\n";
  assertEquals(wrap(20, text), text);
});

Deno.test("WordWrap leaves a word alone that is longer than a line", () => {
  assertEquals(wrap(5, "a 123456789 b"), "a \n123456789 \nb");
});

Deno.test("WordWrap breaks between wide characters", () => {
  assertEquals(wrap(6, "你好世界"), "你好世\n界");
});

Deno.test("WordWrap shows a word as soon as it has ended", () => {
  const wrapper = new WordWrap(80);
  assertEquals(wrapper.push("Hel"), "");
  assertEquals(wrapper.push("lo wor"), "Hello ");
  assertEquals(wrapper.end(), "wor");
});

Deno.test("WordWrap adds line ends only, however the text is cut", () => {
  const random = new Random(5);
  for (let round = 0; round < 200; round++) {
    const words = Array.from(
      { length: 30 },
      () => "x".repeat(random.between(1, 12)),
    );
    const text = words.join(" ");
    const columns = random.between(12, 30);
    const shown = wrap(columns, text, random.between(1, 9));
    assertEquals(shown.replaceAll("\n", ""), text);
    for (const line of shown.split("\n")) {
      assert(line.trimEnd().length <= columns, line);
    }
  }
});
