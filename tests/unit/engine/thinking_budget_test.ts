import { assert, assertEquals } from "@std/assert";
import { ThinkingBudget } from "../../../src/engine/thinking_budget.ts";
import { EngineDriver } from "../../testing/engine_driver.ts";
import { FakeBackend } from "../../testing/fake_backend.ts";

const encoder = new TextEncoder();
const CLOSING = [..."</t>"].map((each) => each.charCodeAt(0));

/** Writes a text letter by letter; what is forced comes in between, in caps. */
function write(open: string, tokens: number, text: string): string {
  const budget = new ThinkingBudget({ tokens, open, close: "</t>" }, CLOSING);
  let written = "";
  for (const byte of encoder.encode(text)) {
    for (let forced; (forced = budget.forced) !== undefined;) {
      budget.accept(Uint8Array.of(forced));
      written += String.fromCharCode(forced).toUpperCase();
    }
    budget.accept(Uint8Array.of(byte));
    written += String.fromCharCode(byte);
  }
  return written;
}

Deno.test("ThinkingBudget ends thinking when its tokens are spent, once", () => {
  assertEquals(write("", 3, "abcdefgh"), "abc</T>defgh");
  assertEquals(write("<t>", 3, " <t>abcdefgh"), " <t>abc</T>defgh");
  assertEquals(write("", 0, "ab"), "</T>ab");
  assertEquals(write("<t>", 0, "<t>ab"), "<t></T>ab");
});

Deno.test("ThinkingBudget leaves thinking alone that ends in time, or never began", () => {
  for (const text of ["ab</t>cdefgh", "</t>cdefgh"]) {
    assertEquals(write("", 3, text), text);
  }
  assertEquals(write("<t>", 1, "<tea> is hot"), "<tea> is hot");
  assertEquals(write("<t>", 1, "Hello <t> there"), "Hello <t> there");
});

Deno.test("ThinkingBudget cuts no letter in two", () => {
  const budget = new ThinkingBudget(
    { tokens: 1, open: "", close: "</t>" },
    CLOSING,
  );
  const [first = 0, second = 0] = encoder.encode("é");
  budget.accept(Uint8Array.of(first));
  assertEquals(budget.forced, undefined);
  budget.accept(Uint8Array.of(second));
  assertEquals(budget.forced, CLOSING[0]);
});

Deno.test("Engine writes what ends the thinking and counts it", () => {
  const driver = new EngineDriver(new FakeBackend());
  const limits = { maxTokens: 20 };
  const thinking = { tokens: 5, open: "", close: "</t>" };
  const free = driver.generate({ prompt: "think long", limits });
  const bounded = driver.generate({
    prompt: "think long",
    limits,
    thinking,
  });
  driver.run();
  const [all, text] = [driver.text(free), driver.text(bounded)];
  assert(!all.includes("</t>"));
  const [thought = "", answer] = text.split("\n</t>");
  assertEquals(encoder.encode(thought).length, 5, JSON.stringify(text));
  assert(answer !== undefined && answer.length > 0);
  assertEquals(driver.done(bounded).counts.generated, 20);
  assertEquals(driver.booked(), driver.totals);
});
