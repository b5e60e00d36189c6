import { assertEquals } from "@std/assert";
import { cutPairTokens, pairTokens } from "../../../src/engine/pair_tokens.ts";
import {
  BOS,
  END,
  FakeBackend,
  TURN,
  TURN_TEXT,
} from "../../testing/fake_backend.ts";

const backend = new FakeBackend();

/** Its bytes are its tokens. */
const bytes = (text: string) => [...new TextEncoder().encode(text)];

Deno.test("pairTokens() puts the model's marks around two texts, none of them from the texts", () => {
  assertEquals(pairTokens({ text: "q" }, "ab", backend), [
    BOS,
    ...bytes("q"),
    END,
    TURN,
    ...bytes("ab"),
    END,
  ]);
  const spelled = pairTokens({ text: TURN_TEXT }, TURN_TEXT, backend);
  assertEquals(spelled.filter((each) => each === TURN).length, 1);
});

Deno.test("pairTokens() fills a template, whose marks are special tokens", () => {
  const template = `${TURN_TEXT}{query}|{document}.`;
  const question = { text: "{document}?", template };
  assertEquals(pairTokens(question, "$& {query}", backend), [
    TURN,
    ...bytes("{document}?|$& {query}."),
  ]);
});

Deno.test("cutPairTokens() leaves out the end of the passage and nothing else", () => {
  assertEquals(cutPairTokens({ text: "q" }, "abcdef", backend, 7), [
    BOS,
    ...bytes("q"),
    END,
    TURN,
    ...bytes("ab"),
    END,
  ]);
  const question = { text: "q", template: "<{query}|{document}>" };
  assertEquals(cutPairTokens(question, "abcdef", backend, 6), bytes("<q|ab>"));
  assertEquals(cutPairTokens(question, "abcdef", backend, 4), undefined);
});
