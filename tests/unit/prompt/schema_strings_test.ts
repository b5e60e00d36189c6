import { assertEquals } from "@std/assert";
import { supportedSchema } from "../../../src/prompt/json_schema.ts";
import { plainPattern } from "../../../src/prompt/schema_strings.ts";
import { accepts } from "../../testing/byte_grammar.ts";

const PATTERNS = [
  "^.$",
  "^[^,;]$",
  "^\\W$",
  "^\\D$",
  "^[a-zäöüß]$",
  "^[À-ÿ]$",
  "^[あ-ん]$",
  "^[\\u2014€か]$",
];

/** What they are tried with: borders, and what has bytes in common. */
const CHARACTERS = " 0A_a~,;äüößÀ¿ÿĀ—€₭あぁんゔメか一😀";

Deno.test("a pattern means the same characters in a grammar", async () => {
  for (const pattern of PATTERNS) {
    const schema = supportedSchema({ type: "string", pattern });
    const meant = new RegExp(pattern, "u");
    for (const character of CHARACTERS) {
      assertEquals(
        await accepts({ schema }, `"${character}"`),
        meant.test(character),
        `${pattern}: ${character}`,
      );
    }
  }
});

Deno.test("plainPattern() gives up what it cannot say", () => {
  for (const pattern of ["[^ä]", "[一-龠]", "[\\p{L}]", "[", "[\\x00]"]) {
    assertEquals(plainPattern(pattern), undefined, pattern);
  }
});
